"""EDSR: wide residual blocks without batch normalisation, the winner of NTIRE 2017."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._edsr_tensorflow import from_tensorflow
from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

PAPER = (
    "Bee Lim, Sanghyun Son, Heewon Kim, Seungjun Nah, Kyoung Mu Lee: Enhanced Deep Residual "
    "Networks for Single Image Super-Resolution, CVPR Workshops 2017, "
    "https://arxiv.org/abs/1707.02921"
)
WEIGHTS_URL = "https://cv.snu.ac.kr/research/EDSR/models"
WHITE = 255.0
_DIV2K_MEAN = (0.4488, 0.4371, 0.4040)
_SAME_COLOUR = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))  # torch.eye is slow on "meta"


class ResidualNet(nn.Module):
    """Blocks at low resolution around a shortcut, then convolutions and pixel shuffles.

    What EDSR and RCAN have in common.

    Args:
        scale: 2, 3, 4 or 8.
        num_feat: channels.
        blocks: each from features to features.
    """

    def __init__(self, scale: int, num_feat: int, blocks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.sub_mean = MeanShift(-1)
        self.head = nn.Sequential(nn.Conv2d(3, num_feat, 3, padding=1))
        self.body = nn.Sequential(*blocks, nn.Conv2d(num_feat, num_feat, 3, padding=1))
        self.tail = nn.Sequential(
            shuffle_upsampler(scale, num_feat), nn.Conv2d(num_feat, 3, 3, padding=1)
        )
        self.add_mean = MeanShift(1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 255]. Returns: (B, 3, H*scale, W*scale), same range."""
        shallow = self.head(self.sub_mean(low_res))
        high_res: Tensor = self.add_mean(self.tail(self.body(shallow) + shallow))
        return high_res


class EDSR(ResidualNet):
    """Residual blocks at low resolution, then convolutions and pixel shuffles.

    Bee Lim, Sanghyun Son, Heewon Kim, Seungjun Nah, Kyoung Mu Lee: "Enhanced Deep Residual
    Networks for Single Image Super-Resolution", CVPR Workshops 2017,
    https://arxiv.org/abs/1707.02921 (figures 2 and 3, table 1). State-dict layout of
    https://github.com/sanghyun-son/EDSR-PyTorch. No deviation. The counts are those of that
    repository's table; the paper rounds them to 43 M and 1.5 M.

    Args:
        scale: 2, 3 or 4.
        num_block: residual blocks.
        num_feat: channels.
        res_scale: weight of what a block adds.
    """

    def __init__(
        self, scale: int, num_block: int = 32, num_feat: int = 256, res_scale: float = 0.1
    ) -> None:
        blocks = (ResidualBlock(num_feat, 3, res_scale) for _ in range(num_block))
        super().__init__(scale, num_feat, blocks)


class MeanShift(nn.Conv2d):
    """Adds the mean colour of DIV2K `sign` times; a frozen 1x1 convolution, as published."""

    def __init__(self, sign: int) -> None:
        super().__init__(3, 3, 1)
        shift = torch.tensor([sign * WHITE * mean for mean in _DIV2K_MEAN])
        self.weight = nn.Parameter(torch.tensor(_SAME_COLOUR).view(3, 3, 1, 1), requires_grad=False)
        self.bias = nn.Parameter(shift, requires_grad=False)


class ResidualBlock(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, num_feat: int, kernel_size: int, res_scale: float = 1.0) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, kernel_size, padding=kernel_size // 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, kernel_size, padding=kernel_size // 2),
        )
        self.res_scale = res_scale

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + self.res_scale * residual


def shuffle_upsampler(scale: int, num_feat: int) -> nn.Sequential:
    """Return convolutions and pixel shuffles that enlarge by 2, 3, 4 or 8, without activation."""
    factors = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}[scale]
    layers: list[nn.Module] = []
    for factor in factors:
        layers.append(nn.Conv2d(num_feat, num_feat * factor**2, 3, padding=1))
        layers.append(nn.PixelShuffle(factor))
    return nn.Sequential(*layers)


def with_mean_shift(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Add the mean colours, which BasicSR writes into its code instead of the file."""
    shifts = {"sub_mean": MeanShift(-1), "add_mean": MeanShift(1)}
    return tensors | {
        f"{name}.{key}": tensor.detach()
        for name, shift in shifts.items()
        for key, tensor in shift.state_dict().items()
    }


def from_basicsr(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return BasicSR's EDSR under the names of EDSR-PyTorch; leaves anything else alone."""
    if not {"conv_after_body.weight", "body.0.conv1.weight"} <= tensors.keys():
        return tensors
    num_block = sum(name.endswith(".conv1.weight") for name in tensors)
    names = (
        (r"^conv_first\.", "head.0."),
        (r"^body\.(\d+)\.conv1\.", r"body.\1.body.0."),
        (r"^body\.(\d+)\.conv2\.", r"body.\1.body.2."),
        (r"^conv_after_body\.", f"body.{num_block}."),
        (r"^upsample\.", "tail.0."),
        (r"^conv_last\.", "tail.1."),
    )
    return with_mean_shift(rename_tensors(tensors, names))


def _published(weight_id: str, scale: int, file: str) -> WeightSource:
    return WeightSource(
        id=weight_id,
        scales=(scale,),
        origin="downloadable",
        licence="MIT",
        trained_on="DIV2K",
        file=f"edsr_sanghyun-son/{file}",
        url=f"{WEIGHTS_URL}/{file}",
        sha256=file.removesuffix(".pt").rsplit("-", 1)[1],
    )


MODEL = (
    ModelSpec(
        id="edsr",
        title="EDSR",
        year=2017,
        paper=PAPER,
        build=EDSR,
        scales=(2, 3, 4),
        channels="rgb",
        value_range=WHITE,
        upsampling="direct",
        # head, 32 blocks, the convolution behind them, upsampler and tail
        context_px=lambda _scale: 1 + 32 * 2 + 1 + 2,
        loss="l1",
        published_parameters={4: 43_100_000, 2: 40_700_000, 3: 43_700_000},
        published_psnr={
            "Set5": {2: 38.11, 3: 34.65, 4: 32.46},
            "Set14": {2: 33.92, 3: 30.52, 4: 28.80},
            "BSD100": {2: 32.32, 3: 29.25, 4: 27.71},
        },
        converts=(from_basicsr, from_tensorflow),
        weights=(
            _published("edsr-x2", 2, "edsr_x2-0edfb8a3.pt"),
            _published("edsr-x3", 3, "edsr_x3-ea3ef2c6.pt"),
            _published("edsr-x4", 4, "edsr_x4-4f62e9ef.pt"),
        ),
    ),
    ModelSpec(
        id="edsr-baseline",
        title="EDSR baseline",
        year=2017,
        paper=PAPER,
        build=lambda scale: EDSR(scale, num_block=16, num_feat=64, res_scale=1.0),
        scales=(2, 3, 4),
        channels="rgb",
        value_range=WHITE,
        upsampling="direct",
        context_px=lambda _scale: 1 + 16 * 2 + 1 + 2,
        loss="l1",
        published_parameters={2: 1_370_000, 3: 1_550_000, 4: 1_520_000},
        converts=(from_basicsr, from_tensorflow),
        weights=(
            _published("edsr-baseline-x2", 2, "edsr_baseline_x2-1bc95232.pt"),
            _published("edsr-baseline-x3", 3, "edsr_baseline_x3-abf2a44e.pt"),
            _published("edsr-baseline-x4", 4, "edsr_baseline_x4-6b446fab.pt"),
        ),
    ),
)
