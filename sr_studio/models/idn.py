"""IDN: distillation blocks at low resolution and one large deconvolution."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.tensors.bicubic import enlarge_bicubic

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 4
_DECONVOLUTION_PX = 17


class IDN(nn.Module):
    """Four blocks that enhance and compress features, and a deconvolution added to bicubic.

    Zheng Hui, Xiumei Wang, Xinbo Gao: "Fast and Accurate Single Image Super-Resolution via
    Information Distillation Network", CVPR 2018, https://arxiv.org/abs/1803.09454 (section 3,
    D3 = 64, d = 16, s = 4). Layers as in the deploy files of https://github.com/Zheng222/IDN-Caffe,
    with whose script the deconvolution is placed: its result is laid on the bicubic enlargement
    from pixel scale - 1 on. Deviation: the first scale - 1 rows and columns, which that script
    cuts off, are computed like all others.

    The published files, and so this network, have 552,769 parameters at each scale; the authors'
    next paper, on IMDN, says 553 k too. The 796 k of the survey "A Deep Journey into
    Super-resolution" follow from no layer sizes of the paper or the code: even without groups in
    the second and fifth convolution of each block there would be but 677 k.

    Args:
        scale: 2, 3 or 4.
        num_feat: channels.
        num_diff: d of the paper: by how many channels neighbouring layers differ.
        num_blocks: distillation blocks.
    """

    def __init__(
        self, scale: int, num_feat: int = 64, num_diff: int = 16, num_blocks: int = _BLOCKS
    ) -> None:
        super().__init__()
        self.scale = scale
        self.conv1 = nn.Conv2d(1, num_feat, 3, padding=1)
        self.conv2 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.blocks = nn.Sequential(
            *(_DistillationBlock(num_feat, num_diff) for _ in range(num_blocks))
        )
        # tap 8 of 17, the middle one, falls on pixel scale*i + scale - 1
        self.upsample = nn.ConvTranspose2d(
            num_feat,
            1,
            _DECONVOLUTION_PX,
            stride=scale,
            padding=_DECONVOLUTION_PX // 2 + 1 - scale,
        )

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), not clamped."""
        enlarged = enlarge_bicubic(low_res, self.scale)
        features = _activate(self.conv2(_activate(self.conv1(low_res))))
        residual: Tensor = self.upsample(self.blocks(features))
        return enlarged + residual[..., : enlarged.shape[2], : enlarged.shape[3]]


class _DistillationBlock(nn.Module):
    """Enhancement unit (six convolutions in two halves) and compression unit (1x1)."""

    def __init__(self, num_feat: int, num_diff: int) -> None:
        super().__init__()
        kept = num_feat // 4  # 1 / s of the paper
        self.split = [kept, num_feat - kept]
        widths = (
            num_feat,
            num_feat - num_diff,
            num_feat - 2 * num_diff,
            num_feat,  # of which all but `kept` go on
            num_feat,
            num_feat - num_diff,
            num_feat + kept,
        )
        for number in range(1, 7):
            in_channels = num_feat - kept if number == 4 else widths[number - 1]
            groups = 4 if number in (2, 5) else 1
            conv = nn.Conv2d(in_channels, widths[number], 3, padding=1, groups=groups)
            self.add_module(f"conv{number}", conv)
        self.down = nn.Conv2d(num_feat + kept, num_feat, 1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        *convs, down = self.children()
        rest = features
        for conv in convs[:3]:
            rest = _activate(conv(rest))
        kept, rest = torch.split(rest, self.split, dim=1)
        for conv in convs[3:]:
            rest = _activate(conv(rest))
        return _activate(down(torch.cat([features, kept], dim=1) + rest))


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.05)


_CAFFE_NAMES = (
    (re.compile(r"^conv([3-6])_([1-6])\."), lambda hit: f"blocks.{int(hit[1]) - 3}.conv{hit[2]}."),
    (re.compile(r"^down([1-4])\."), lambda hit: f"blocks.{int(hit[1]) - 1}.down."),
)


def rename_caffe_layers(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return `tensors`, named after the layers of the authors' Caffe network, under our names."""

    def renamed(name: str) -> str:
        for pattern, replacement in _CAFFE_NAMES:
            name = pattern.sub(replacement, name)
        return name

    return {renamed(name): tensor for name, tensor in tensors.items()}


def _context_px(scale: int) -> int:
    before = 2 + _BLOCKS * 6
    # the first pixel of a cell sees the farthest cell behind it, the last one ahead of it
    return before + (_DECONVOLUTION_PX // 2 + scale - 1) // scale


def _published(scale: int, set5_psnr: float, size: int, sha256: str) -> WeightSource:
    return WeightSource(
        id=f"idn-x{scale}",
        scales=(scale,),
        origin="downloadable",
        licence="none stated",
        trained_on="T91 and BSDS200 (291 images)",
        set5_psnr={scale: set5_psnr},
        file=f"idn_zheng222_caffe/IDN_x{scale}.caffemodel",
        url="https://raw.githubusercontent.com/Zheng222/IDN-Caffe/"
        f"482c601336000f5c00b0e93f83a525f0fc917830/test/caffemodel/IDN_x{scale}.caffemodel",
        sha256=sha256,
        bytes=size,
        convert=rename_caffe_layers,
    )


MODEL = ModelSpec(
    id="idn",
    title="IDN",
    year=2018,
    paper="Zheng Hui, Xiumei Wang, Xinbo Gao: Fast and Accurate Single Image Super-Resolution via "
    "Information Distillation Network, CVPR 2018, https://arxiv.org/abs/1803.09454",
    build=IDN,
    scales=(2, 3, 4),
    channels="y",
    upsampling="direct",
    context_px=_context_px,
    loss="l2",
    published_parameters={2: 553_000, 3: 553_000, 4: 553_000},
    published_psnr={
        "Set5": {2: 37.83, 3: 34.11, 4: 31.82},
        "Set14": {2: 33.30, 3: 29.99, 4: 28.25},
        "BSD100": {2: 32.08, 3: 28.95, 4: 27.41},
    },
    weights=(
        _published(
            2, 37.85, 2_217_741, "eed047c60c2af108140e14a1ebcd78701c5645837c35c740419ab3533db26b99"
        ),
        _published(
            3, 34.12, 2_217_744, "ef94a2760f3975876021b6be884f27c491e445937934be0339d5711cf1afa1af"
        ),
        _published(
            4, 31.81, 2_217_748, "1be49ba811d6d3f2fd61bbaa345e4a5a70746bb24f723b734dc8af9c817b96c2"
        ),
    ),
)
