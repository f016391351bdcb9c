"""RFDN: residual feature distillation, and E-RFDN, the winner of AIM 2020."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.models.imdn import ContrastAwareAttention, DistillationNet

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Jie Liu, Jie Tang, Gangshan Wu: Residual Feature Distillation Network for Lightweight Image "
    "Super-Resolution, ECCV Workshops 2020, https://arxiv.org/abs/2009.11551"
)
_SMALLEST_PX = 15  # side of the smallest map from which the spatial attention can pool anything


class RFDN(DistillationNet):
    """Distillation blocks, whose outputs are fused, and a pixel shuffle.

    Jie Liu, Jie Tang, Gangshan Wu: "Residual Feature Distillation Network for Lightweight Image
    Super-Resolution", ECCV Workshops 2020, https://arxiv.org/abs/2009.11551 (figures 3 to 5).
    State-dict layout of https://github.com/njulj/RFDN.

    RFDN, the paper's network of 550 k, has 48 channels, six blocks with a shortcut around each, and
    IMDN's contrast-aware attention with a reduction of 4. E-RFDN, of which the weights were
    published, was made for a challenge: 50 channels, four blocks without that shortcut, spatial
    attention (ESA), 433 k, x4. Values are 0 to 255 in both, as in the authors' training.

    Deviation: none on pictures of 15 pixels or more a side; below, ESA could not pool, so the last
    row and column of what it pools are repeated up to 15.

    Args:
        scale: the scale.
        num_feat: channels.
        num_blocks: distillation blocks.
        is_enhanced: E-RFDN's blocks.
    """

    def __init__(
        self, scale: int, num_feat: int = 48, num_blocks: int = 6, *, is_enhanced: bool = False
    ) -> None:
        names = (f"B{number}" for number in range(1, num_blocks + 1))
        blocks = {name: _DistillationBlock(num_feat, is_enhanced=is_enhanced) for name in names}
        super().__init__(scale, num_feat, blocks)


class _DistillationBlock(nn.Module):
    """1x1 convolutions distil half the channels before each of three shallow residual layers."""

    def __init__(self, num_feat: int, *, is_enhanced: bool) -> None:
        super().__init__()
        kept = num_feat // 2
        self.is_enhanced = is_enhanced
        for number in range(1, 4):
            self.add_module(f"c{number}_d", nn.Conv2d(num_feat, kept, 1))
            self.add_module(f"c{number}_r", nn.Conv2d(num_feat, num_feat, 3, padding=1))
        self.c4 = nn.Conv2d(num_feat, kept, 3, padding=1)
        self.c5 = nn.Conv2d(kept * 4, num_feat, 1)
        if is_enhanced:
            self.esa: nn.Module = _SpatialAttention(num_feat)
        else:
            self.cca: nn.Module = ContrastAwareAttention(num_feat, reduction=4)

    @override
    def forward(self, features: Tensor) -> Tensor:
        distilled = []
        rest = features
        for number in range(1, 4):
            distilled.append(_activate(self.get_submodule(f"c{number}_d")(rest)))
            rest = _activate(self.get_submodule(f"c{number}_r")(rest) + rest)
        fused = self.c5(torch.cat([*distilled, _activate(self.c4(rest))], dim=1))
        attended: Tensor
        if self.is_enhanced:
            attended = self.esa(fused)
            return attended
        attended = self.cca(fused)
        return features + attended


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.05)


class _SpatialAttention(nn.Module):
    """ESA: weighs every value by what a strongly pooled copy of the features shows around it.

    The pooled map has (((side - 3) // 2 + 1) - 7) // 3 + 1 cells a side and is stretched over the
    features, so where a cell ends up depends on the size of the picture: a tile, whose cells lie
    elsewhere, only approximates. From one pixel, though, the attention sees but some 40 around.
    """

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        narrow = num_feat // 4
        self.conv1 = nn.Conv2d(num_feat, narrow, 1)
        self.conv_f = nn.Conv2d(narrow, narrow, 1)
        self.conv_max = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, stride=2)
        self.conv3 = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv3_ = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv4 = nn.Conv2d(narrow, num_feat, 1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[2:]
        squeezed = self.conv1(features)
        below, right = max(_SMALLEST_PX - height, 0), max(_SMALLEST_PX - width, 0)
        padded = F.pad(squeezed, (0, right, 0, below), mode="replicate")
        pooled = F.max_pool2d(self.conv2(padded), kernel_size=7, stride=3)
        context = torch.relu(self.conv3(torch.relu(self.conv_max(pooled))))
        stretched = F.interpolate(
            self.conv3_(context), padded.shape[2:], mode="bilinear", align_corners=False
        )
        logits = self.conv4(stretched[..., :height, :width] + self.conv_f(squeezed))
        return features * torch.sigmoid(logits)


# without the attention: first, four per block, fusion, upsampler
def context_px(num_blocks: int) -> int:
    """Return the reach of so many blocks, the attention left out."""
    return 1 + num_blocks * 4 + 1 + 1


MODEL = (
    ModelSpec(
        id="rfdn",
        title="RFDN",
        year=2020,
        paper=_PAPER,
        build=RFDN,
        scales=(2, 3, 4),
        channels="rgb",
        upsampling="direct",
        value_range=255.0,
        context_px=lambda _scale: context_px(6),
        has_global_context=True,
        loss="l1",
        published_parameters={4: 550_000, 2: 534_000, 3: 541_000},
        published_psnr={
            "Set5": {2: 38.05, 3: 34.41, 4: 32.24},
            "Set14": {2: 33.68, 3: 30.34, 4: 28.61},
            "BSD100": {2: 32.16, 3: 29.09, 4: 27.57},
        },
    ),
    ModelSpec(
        id="e-rfdn",
        title="E-RFDN",
        year=2020,
        paper=_PAPER,
        build=lambda scale: RFDN(scale, num_feat=50, num_blocks=4, is_enhanced=True),
        scales=(4,),
        channels="rgb",
        upsampling="direct",
        value_range=255.0,
        context_px=lambda _scale: context_px(4),
        has_global_context=True,
        loss="l1",
        published_parameters={4: 433_000},
        weights=(
            WeightSource(
                id="e-rfdn-x4",
                scales=(4,),
                origin="downloadable",
                licence="MIT",
                trained_on="not stated (DIV2K was given in the challenge)",
                set5_psnr={4: 32.16},
                file="rfdn_njulj/RFDN_AIM.pth",
                url="https://raw.githubusercontent.com/njulj/RFDN/"
                "7cf4e25b6633e81fd7e26891aeee2baca4f8f927/trained_model/RFDN_AIM.pth",
                sha256="11af8ec8ebd68689e90ef1e29044f9804c72d3bd9f7573820b7b26035782760c",
                bytes=1_754_927,
            ),
        ),
    ),
)
