"""DnCNN: a plain stack of convolutions that learns the noise, or what bicubic enlargement lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Kai Zhang, Wangmeng Zuo, Yunjin Chen, Deyu Meng, Lei Zhang: Beyond a Gaussian Denoiser: "
    "Residual Learning of Deep CNN for Image Denoising, TIP 2017, https://arxiv.org/abs/1608.03981"
)
_LAYERS, _LAYERS_OF_THREE = 17, 20
_BLACK_Y, _SWING_Y = 16 / 255, 219 / 255
_EPSILON = 1e-4  # of batch normalisation in the authors' code
_NORM = ("weight", "bias", "running_mean", "running_var")
_NOTHING = torch.empty(0)


class DnCNN(nn.Module):
    """3x3 convolutions whose output is subtracted from the input.

    Kai Zhang, Wangmeng Zuo, Yunjin Chen, Deyu Meng, Lei Zhang: "Beyond a Gaussian Denoiser:
    Residual Learning of Deep CNN for Image Denoising", TIP 2017, https://arxiv.org/abs/1608.03981
    (section III). State-dict layout of https://github.com/cszn/KAIR.

    The paper's denoiser for one noise level has 17 layers; DnCNN-3, its one network for denoising,
    enlarging and deblocking, has 20. The survey of Anwar, Khan and Barnes lists 566 k parameters,
    which is the size of the former (555 k; 557 k with batch normalisation), not of the latter
    (666 k). On BSD68 with a noise of 25 the paper has 29.23 dB; the published file, measured by
    `sr-studio evaluate` with a seed of 0, has 29.24 dB. Deviation: batch normalisation is merged into the convolutions, as in the published
    files; files in which it is apart are merged as they are read.

    Args:
        num_layers: convolutions in all.
        num_feat: channels in between.
        is_full_range: the network was trained on gray from 0 to 1 and is fed with luma from 16/255
            to 235/255: both sides of it are converted.
    """

    black: Tensor

    def __init__(self, num_layers: int, num_feat: int = 64, *, is_full_range: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, num_feat, 3, padding=1), nn.ReLU()]
        for _ in range(num_layers - 2):
            layers += [nn.Conv2d(num_feat, num_feat, 3, padding=1), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.Conv2d(num_feat, 1, 3, padding=1))
        self.swing = _SWING_Y if is_full_range else 1.0
        black = torch.tensor(_BLACK_Y if is_full_range else 0.0)
        self.register_buffer("black", black, persistent=False)

    @override
    def forward(self, observed: Tensor) -> Tensor:
        """observed: (B, 1, H, W), Y from 16/255 to 235/255. Returns: the same, not clamped."""
        residual: Tensor = self.model((observed - self.black) / self.swing)
        return observed - self.swing * residual


def merge_batch_norm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Bring a checkpoint of training, with batch normalisation, to the layout of the network.

    The convolutions stand in `model` or, in https://github.com/cszn/DnCNN, `dncnn`; statistics
    belong to the convolution before them.
    """
    parts: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        found = re.fullmatch(r"(?:model|dncnn)\.(\d+)\.(\w+)", name)
        if found is None:
            return tensors
        parts.setdefault(int(found[1]), {})[found[2]] = tensor
    layers: list[tuple[Tensor, Tensor]] = []
    for _, part in sorted(parts.items()):
        if "weight" in part and part["weight"].ndim == 4:
            weight = part["weight"]
            layers.append((weight, part.get("bias", weight.new_zeros(weight.shape[0]))))
        elif layers and all(
            part.get(name, _NOTHING).shape == layers[-1][1].shape for name in _NORM
        ):
            weight, bias = layers[-1]
            gain = part["weight"] / torch.sqrt(part["running_var"] + _EPSILON)
            shift = part["bias"] + gain * (bias - part["running_mean"])
            layers[-1] = weight * gain.view(-1, 1, 1, 1), shift
        else:
            return tensors
    merged = {}
    for index, (weight, bias) in enumerate(layers):  # every second module is an activation
        merged[f"model.{2 * index}.weight"] = weight
        merged[f"model.{2 * index}.bias"] = bias
    return merged


MODEL = (
    ModelSpec(
        id="dncnn",
        title="DnCNN",
        year=2017,
        paper=_PAPER,
        build=lambda _scale: DnCNN(_LAYERS),
        scales=(2, 3, 4),
        channels="y",
        upsampling="bicubic",
        context_px=bicubic_context(_LAYERS),
        loss="l2",
        published_parameters={2: 566_000, 3: 566_000, 4: 566_000},
        converts=(merge_batch_norm,),
    ),
    ModelSpec(
        id="dncnn-3",
        title="DnCNN-3",
        year=2017,
        paper=_PAPER,
        build=lambda _scale: DnCNN(_LAYERS_OF_THREE),
        scales=(2, 3, 4),
        channels="y",
        upsampling="bicubic",
        context_px=bicubic_context(_LAYERS_OF_THREE),
        loss="l2",
        published_psnr={
            "Set5": {2: 37.58, 3: 33.75, 4: 31.40},
            "Set14": {2: 33.03, 3: 29.81, 4: 28.04},
            "BSD100": {2: 31.90, 3: 28.85, 4: 27.29},
        },
        converts=(merge_batch_norm,),
    ),
    ModelSpec(
        id="dncnn-25",
        title="DnCNN-S, noise 25",
        year=2017,
        paper=_PAPER,
        build=lambda _scale: DnCNN(_LAYERS, is_full_range=True),
        scales=(1,),
        channels="y",
        upsampling="direct",
        context_px=lambda _scale: _LAYERS,
        loss="l2",
        task="denoise",
        converts=(merge_batch_norm,),
        weights=(
            WeightSource(
                id="dncnn-25-kair",
                scales=(1,),
                origin="downloadable",
                licence="MIT",
                trained_on="400 pictures of BSDS500 (train and test), gray, noise 25",
                file="kair/dncnn_25.pth",
                url="https://raw.githubusercontent.com/cszn/KAIR/"
                "fc1732f4a4514e42ce15e5b3a1e18c828af47a1e/model_zoo/dncnn_25.pth",
                sha256="0451a70de9b672ae037270498fbb1c17a1c1c4403785df586ff65df5b858e5b0",
                bytes=2_224_903,
            ),
        ),
    ),
)
