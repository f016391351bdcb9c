"""RDN: residual dense blocks whose outputs are all fused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS, _LAYERS = 16, 8
_WHITE = 255.0


class RDN(nn.Module):
    """Sixteen residual dense blocks, global feature fusion, and pixel shuffles.

    Yulun Zhang, Yapeng Tian, Yu Kong, Bineng Zhong, Yun Fu: "Residual Dense Network for Image
    Super-Resolution", CVPR 2018, https://arxiv.org/abs/1802.08797 (figures 2 and 3; D = 16,
    C = 8, G = 64). State-dict layout of https://github.com/sanghyun-son/EDSR-PyTorch, which the
    authors (https://github.com/yulunzhang/RDN, Torch 7) refer to. No deviation. The survey's
    count, 21.9 M, stands for 22.27 M at x4 and 22.12 M at x2.

    Args:
        scale: 2, 3 or 4.
        num_feat: channels, and what each layer of a block adds.
    """

    def __init__(self, scale: int, num_feat: int = 64) -> None:
        super().__init__()
        self.SFENet1 = nn.Conv2d(3, num_feat, 3, padding=1)
        self.SFENet2 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.RDBs = nn.ModuleList(_DenseBlock(num_feat) for _ in range(_BLOCKS))
        self.GFF = nn.Sequential(
            nn.Conv2d(_BLOCKS * num_feat, num_feat, 1),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
        )
        layers: list[nn.Module] = []
        for factor in (2, 2) if scale == 4 else (scale,):
            layers.append(nn.Conv2d(num_feat, num_feat * factor**2, 3, padding=1))
            layers.append(nn.PixelShuffle(factor))
        self.UPNet = nn.Sequential(*layers, nn.Conv2d(num_feat, 3, 3, padding=1))

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 255]. Returns: (B, 3, H*scale, W*scale), same range."""
        shallow = self.SFENet1(low_res)
        features = self.SFENet2(shallow)
        block_outputs = []
        for block in self.RDBs:
            features = block(features)
            block_outputs.append(features)
        high_res: Tensor = self.UPNet(self.GFF(torch.cat(block_outputs, dim=1)) + shallow)
        return high_res


class _DenseBlock(nn.Module):
    """Layers that each see the outputs of all before them, fused and added to the input."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            *(_DenseLayer((number + 1) * num_feat, num_feat) for number in range(_LAYERS))
        )
        self.LFF = nn.Conv2d((_LAYERS + 1) * num_feat, num_feat, 1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.LFF(self.convs(features))
        return features + residual


class _DenseLayer(nn.Module):
    """A convolution whose output is appended to its input."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(in_channels, growth, 3, padding=1), nn.ReLU())

    @override
    def forward(self, seen: Tensor) -> Tensor:
        return torch.cat([seen, self.conv(seen)], dim=1)


def from_unit_range(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in the layout of yjn870/RDN-pytorch, made for [0, 1], for [0, 255].

    Convolutions and ReLU scale with their input when the biases do. Leaves anything else alone.
    """
    if "sfe1.weight" not in tensors:
        return tensors
    shuffles = sum(re.fullmatch(r"upscale\.\d\.weight", name) is not None for name in tensors)
    names = (
        (r"^sfe([12])\.", r"SFENet\1."),
        (r"^rdbs\.(\d+)\.layers\.(\d+)\.conv\.", r"RDBs.\1.convs.\2.conv.0."),
        (r"^rdbs\.(\d+)\.lff\.", r"RDBs.\1.LFF."),
        (r"^gff\.", "GFF."),
        (r"^upscale\.", "UPNet."),
        (r"^output\.", f"UPNet.{2 * shuffles}."),
    )
    renamed = rename_tensors(tensors, names)
    return {
        name: tensor * _WHITE if name.endswith(".bias") else tensor
        for name, tensor in renamed.items()
    }


MODEL = ModelSpec(
    id="rdn",
    title="RDN",
    year=2018,
    paper="Yulun Zhang, Yapeng Tian, Yu Kong, Bineng Zhong, Yun Fu: Residual Dense Network for "
    "Image Super-Resolution, CVPR 2018, https://arxiv.org/abs/1802.08797",
    build=RDN,
    scales=(2, 3, 4),
    channels="rgb",
    value_range=_WHITE,
    upsampling="direct",
    # the two first, the layers of all blocks, fusion, upsampler and the last
    context_px=lambda _scale: 2 + _BLOCKS * _LAYERS + 1 + 2,
    loss="l1",
    published_parameters={4: 21_900_000},
    published_psnr={
        "Set5": {2: 38.24, 3: 34.71, 4: 32.47},
        "Set14": {2: 34.01, 3: 30.57, 4: 28.81},
        "BSD100": {2: 32.34, 3: 29.26, 4: 27.72},
    },
    converts=(from_unit_range,),
)
