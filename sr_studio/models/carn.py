"""CARN and CARN-M: cascading residual blocks; one network serves x2, x3 and x4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_PAPER = (
    "Namhyuk Ahn, Byungkon Kang, Kyung-Ah Sohn: Fast, Accurate, and Lightweight Super-Resolution "
    "with Cascading Residual Network, ECCV 2018, https://arxiv.org/abs/1803.08664"
)
_DIV2K_MEAN = (0.4488, 0.4371, 0.4040)
_SAME_COLOUR = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))  # torch.eye is slow on "meta"


class CARN(nn.Module):
    """Residual blocks that each see the outputs of all before them, locally and globally.

    Namhyuk Ahn, Byungkon Kang, Kyung-Ah Sohn: "Fast, Accurate, and Lightweight Super-Resolution
    with Cascading Residual Network", ECCV 2018, https://arxiv.org/abs/1803.08664 (figures 2 to 4).
    State-dict layout of https://github.com/nmhkahn/CARN-pytorch as of the published weights,
    multi-scale: the three upsamplers are always there and `scale` chooses one. No deviation.

    Args:
        scale: 2, 3 or 4.
        is_mobile: CARN-M: grouped convolutions, and one residual block shared within a cascade.
        num_feat: channels.
    """

    def __init__(self, scale: int, *, is_mobile: bool = False, num_feat: int = 64) -> None:
        super().__init__()
        groups = 4 if is_mobile else 1
        self.sub_mean = _MeanShift([-mean for mean in _DIV2K_MEAN])
        self.add_mean = _MeanShift(_DIV2K_MEAN)
        self.entry = nn.Conv2d(3, num_feat, 3, padding=1)
        self.b1 = _Block(num_feat, is_mobile=is_mobile)
        self.b2 = _Block(num_feat, is_mobile=is_mobile)
        self.b3 = _Block(num_feat, is_mobile=is_mobile)
        self.c1 = _Fusion(num_feat, 2)
        self.c2 = _Fusion(num_feat, 3)
        self.c3 = _Fusion(num_feat, 4)
        self.upsample = nn.ModuleDict(
            {
                "up2": _Upsampler(num_feat, (2,), groups),
                "up3": _Upsampler(num_feat, (3,), groups),
                "up4": _Upsampler(num_feat, (2, 2), groups),
            }
        )
        self.upsampler_name = f"up{scale}"
        self.exit = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        features = _cascade(
            self.entry(self.sub_mean(low_res)),
            (self.b1, self.b2, self.b3),
            (self.c1, self.c2, self.c3),
        )
        high_res: Tensor = self.add_mean(self.exit(self.upsample[self.upsampler_name](features)))
        return high_res


def _cascade(features: Tensor, blocks: Sequence[nn.Module], fusions: Sequence[nn.Module]) -> Tensor:
    """Equation 4 of the paper: each fusion sees the input and every block output so far."""
    seen = features
    for block, fusion in zip(blocks, fusions, strict=True):
        seen = torch.cat([seen, block(features)], dim=1)
        features = fusion(seen)
    return features


class _MeanShift(nn.Module):
    """Adds a fixed colour; a frozen 1x1 convolution, as published."""

    def __init__(self, shift: Sequence[float]) -> None:
        super().__init__()
        self.shifter = nn.Conv2d(3, 3, 1)
        same = torch.tensor(_SAME_COLOUR)
        self.shifter.weight = nn.Parameter(same.view(3, 3, 1, 1), requires_grad=False)
        self.shifter.bias = nn.Parameter(torch.tensor(shift), requires_grad=False)

    @override
    def forward(self, image: Tensor) -> Tensor:
        shifted: Tensor = self.shifter(image)
        return shifted


class _Block(nn.Module):
    """The local cascade; the mobile one runs the same residual block three times."""

    def __init__(self, num_feat: int, *, is_mobile: bool) -> None:
        super().__init__()
        if is_mobile:
            self.b1: nn.Module = _EfficientResidual(num_feat)
            self.blocks: tuple[nn.Module, ...] = (self.b1, self.b1, self.b1)
        else:
            self.b1, self.b2, self.b3 = (_Residual(num_feat) for _ in range(3))
            self.blocks = (self.b1, self.b2, self.b3)
        self.c1 = _Fusion(num_feat, 2)
        self.c2 = _Fusion(num_feat, 3)
        self.c3 = _Fusion(num_feat, 4)

    @override
    def forward(self, features: Tensor) -> Tensor:
        return _cascade(features, self.blocks, (self.c1, self.c2, self.c3))


class _Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.body(features) + features)


class _EfficientResidual(nn.Module):
    """Two grouped 3x3 convolutions and a 1x1 one around a shortcut."""

    def __init__(self, num_feat: int, groups: int = 4) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1, groups=groups),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, 3, padding=1, groups=groups),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, 1),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.body(features) + features)


class _Fusion(nn.Module):
    """A 1x1 convolution over everything seen so far."""

    def __init__(self, num_feat: int, inputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(num_feat * inputs, num_feat, 1), nn.ReLU(inplace=True))

    @override
    def forward(self, seen: Tensor) -> Tensor:
        fused: Tensor = self.body(seen)
        return fused


class _Upsampler(nn.Module):
    """A convolution and a pixel shuffle, once per factor."""

    def __init__(self, num_feat: int, factors: Sequence[int], groups: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for factor in factors:
            layers += [
                nn.Conv2d(num_feat, num_feat * factor**2, 3, padding=1, groups=groups),
                nn.ReLU(inplace=True),
                nn.PixelShuffle(factor),
            ]
        self.body = nn.Sequential(*layers)

    @override
    def forward(self, features: Tensor) -> Tensor:
        enlarged: Tensor = self.body(features)
        return enlarged


def _context_px(_scale: int) -> int:
    return 1 + 3 * 3 * 2 + 2  # entry, nine residual blocks, upsampler and exit


MODEL = (
    ModelSpec(
        id="carn-m",
        title="CARN-M",
        year=2018,
        paper=_PAPER,
        build=lambda scale: CARN(scale, is_mobile=True),
        scales=(2, 3, 4),
        channels="rgb",
        upsampling="direct",
        context_px=_context_px,
        loss="l1",
        published_parameters={2: 412_000, 3: 412_000, 4: 412_000},
        weights=(
            WeightSource(
                id="carn-m-x234",
                scales=(2, 3, 4),
                origin="downloadable",
                licence="MIT",
                trained_on="DIV2K",
                set5_psnr={2: 37.68, 3: 34.06, 4: 31.88},
                file="carn_nmhkahn/carn_m.pth",
                url="https://raw.githubusercontent.com/nmhkahn/CARN-pytorch/"
                "40d3514f81cccd680d846cd5ab07af35f2c8e0e2/checkpoint/carn_m.pth",
                sha256="d48a759a84509351facb6b7c6d5bd6edec98b98519b8c464ee4ab44d2ba964ff",
                bytes=1_670_695,
            ),
        ),
    ),
    ModelSpec(
        id="carn",
        title="CARN",
        year=2018,
        paper=_PAPER,
        build=CARN,
        scales=(2, 3, 4),
        channels="rgb",
        upsampling="direct",
        context_px=_context_px,
        loss="l1",
        published_parameters={2: 1_592_000, 3: 1_592_000, 4: 1_592_000},
        published_psnr={
            "Set5": {2: 37.76, 3: 34.29, 4: 32.13},
            "Set14": {2: 33.52, 3: 30.29, 4: 28.60},
            "BSD100": {2: 32.09, 3: 29.06, 4: 27.58},
        },
    ),
)
