"""The hourglass of Deep Image Prior, with and without skip connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models.priors._layers import (
    JoiningConvolution,
    Padding,
    convolution,
    normalisation,
    normalised,
)
from sr_studio.models.priors._spec import PriorSpec

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: Deep Image Prior, CVPR 2018 (IJCV 2020), "
    "https://arxiv.org/abs/1711.10925"
)
Upsampling = Literal["nearest", "bilinear"]
Reduction = Literal["stride", "average"]


@dataclass(frozen=True, slots=True)
class HourglassShape:
    """How an hourglass is built; each tuple from the full size down to the smallest.

    Attributes:
        channels: of both ways, down and up.
        skip: channels of the skip connections; 0 leaves one out.
        kernels_down: px.
        kernels_up: px.
        upsampling: how a level is brought to the size of the next.
        reduction: "stride" in the convolution or "average" of 2x2 behind it.
        padding: at the borders.
        mixes: whether a 1x1 convolution follows on the way up.
    """

    channels: tuple[int, ...]
    skip: tuple[int, ...]
    kernels_down: tuple[int, ...]
    kernels_up: tuple[int, ...]
    upsampling: tuple[Upsampling, ...]
    reduction: Reduction = "stride"
    padding: Padding = "reflect"
    mixes: bool = True

    def __post_init__(self) -> None:
        per_level = (self.skip, self.kernels_down, self.kernels_up, self.upsampling)
        if any(len(each) != len(self.channels) for each in per_level):
            raise ValueError(f"every tuple must name {len(self.channels)} levels")


class Hourglass(nn.Module):
    """Encoder and decoder, whose levels skip connections of few channels may join.

    Ulyanov et al., "Deep Image Prior", supplementary figure 21, as the authors' code builds it.
    Deviation: convolutions in front of a normalisation have no bias; it would cancel.

    Args:
        channels_in: of the fixed input.
        channels_out: of the picture.
        shape: see there.
    """

    def __init__(self, channels_in: int, channels_out: int, shape: HourglassShape) -> None:
        super().__init__()
        self.body = _Level(channels_in, shape, 0)
        self.picture = convolution(shape.channels[0], channels_out, 1)

    @override
    def forward(self, noise: Tensor) -> Tensor:
        """noise: (1, C, H, W), sides multiples of 2 ** levels. Returns: (1, c, H, W) in [0, 1]."""
        return torch.sigmoid(self.picture(self.body(noise)).float())


class _Level(nn.Module):
    """One size of the hourglass and, within it, all smaller ones."""

    def __init__(self, channels_in: int, shape: HourglassShape, level: int) -> None:
        super().__init__()
        channels = shape.channels[level]
        down_px, up_px = shape.kernels_down[level], shape.kernels_up[level]
        is_last = level == len(shape.channels) - 1

        def plain(inner: int, outer: int, kernel_px: int, stride: int = 1) -> nn.Conv2d:
            return convolution(
                inner, outer, kernel_px, stride=stride, padding=shape.padding, bias=False
            )

        by_stride = shape.reduction == "stride"
        reduce = [plain(channels_in, channels, down_px, 2 if by_stride else 1)]
        pooling = [] if by_stride else [nn.AvgPool2d(2)]
        inner = [] if is_last else [_Level(channels, shape, level + 1)]
        self.deeper = nn.Sequential(
            *normalised(*reduce, *pooling, channels=channels),
            *normalised(plain(channels, channels, down_px), channels=channels),
            *inner,
            nn.Upsample(scale_factor=2, mode=shape.upsampling[level]),
        )
        skipped = shape.skip[level]
        self.skip = (
            nn.Sequential(*normalised(plain(channels_in, skipped, 1), channels=skipped))
            if skipped
            else None
        )
        deep = channels if is_last else shape.channels[level + 1]
        joined = [skipped, deep] if skipped else [deep]
        self.norms = nn.ModuleList(normalisation(each) for each in joined)
        self.join = JoiningConvolution(joined, channels, up_px, shape.padding)
        mixing = normalised(plain(channels, channels, 1), channels=channels) if shape.mixes else []
        self.up = nn.Sequential(*normalised(channels=channels), *mixing)

    @override
    def forward(self, features: Tensor) -> Tensor:
        maps = [self.deeper(features)]
        if self.skip is not None:
            maps.insert(0, self.skip(features))
        normal = (norm(each) for norm, each in zip(self.norms, maps, strict=True))
        up: Tensor = self.up(self.join(*normal))
        return up


def _even(
    channels: int, levels: int, *, skip: int, upsampling: Upsampling = "bilinear"
) -> HourglassShape:
    """Return a shape of which every level is alike."""
    return HourglassShape(
        channels=(channels,) * levels,
        skip=(skip,) * levels,
        kernels_down=(3,) * levels,
        kernels_up=(3,) * levels,
        upsampling=(upsampling,) * levels,
    )


def _growing(levels: int) -> HourglassShape:
    """Return the encoder-decoder of figure 8, library, of this depth."""
    nearest: Upsampling = "nearest"
    return HourglassShape(
        channels=(16, 32, 64, 128, 128, 128)[:levels],
        skip=(0,) * levels,
        kernels_down=(5,) * levels,
        kernels_up=(3,) * levels,
        upsampling=(nearest,) * levels,
        mixes=False,
    )


def _prior(
    prior_id: str,
    title: str,
    shape: HourglassShape,
    *,
    input_kind: Literal["noise", "meshgrid"] = "noise",
    input_channels: int = 32,
    learning_rate: float = 0.01,
) -> PriorSpec:
    return PriorSpec(
        id=prior_id,
        title=title,
        paper=_PAPER,
        build=lambda channels_in, channels_out: Hourglass(channels_in, channels_out, shape),
        size_multiple=2 ** len(shape.channels),
        input_kind=input_kind,
        input_channels=input_channels,
        learning_rate=learning_rate,
    )


PRIOR = (
    _prior("skip-128", "Hourglass, 128 channels", _even(128, 5, skip=4)),
    _prior("skip-64", "Hourglass, 64 channels", _even(64, 5, skip=4)),
    _prior("skip-32", "Hourglass, 32 channels", _even(32, 5, skip=4)),
    _prior(
        "skip-jpeg",
        "Hourglass for JPEG",
        HourglassShape(
            channels=(8, 16, 32, 64, 128),
            skip=(0, 0, 0, 4, 4),
            kernels_down=(3,) * 5,
            kernels_up=(3,) * 5,
            upsampling=("bilinear",) * 5,
        ),
        input_channels=3,
    ),
    _prior(
        "skip-text",
        "Hourglass, broad skips",
        _even(128, 5, skip=128, upsampling="nearest"),
    ),
    _prior(
        "hourglass-mesh",
        "Hourglass without skips, from coordinates",
        _even(128, 5, skip=0, upsampling="nearest"),
        input_kind="meshgrid",
        input_channels=2,
    ),
    _prior(
        "hourglass-sparse",
        "Hourglass for very few known pixels",
        HourglassShape(
            channels=(16, 32, 64, 128, 128),
            skip=(0,) * 5,
            kernels_down=(3,) * 5,
            kernels_up=(3,) * 5,
            upsampling=("bilinear",) * 5,
            reduction="average",
        ),
    ),
    _prior("encoder-2", "Encoder-decoder, depth 2", _growing(2), input_channels=1),
    _prior("encoder-4", "Encoder-decoder, depth 4", _growing(4), input_channels=1),
    _prior("encoder-6", "Encoder-decoder, depth 6", _growing(6), input_channels=1),
    _prior(
        "skip-flash",
        "Hourglass for flash pairs",
        HourglassShape(
            channels=(128,) * 5,
            skip=(4,) * 5,
            kernels_down=(3,) * 5,
            kernels_up=(3,) * 5,
            upsampling=("nearest", "nearest", "bilinear", "bilinear", "bilinear"),
        ),
        input_channels=3,
        learning_rate=0.1,
    ),
    _prior(
        "skip-inversion",
        "Hourglass for feature inversion",
        HourglassShape(
            channels=(16, 32, 64, 128, 128, 128),
            skip=(4,) * 6,
            kernels_down=(7, 7, 5, 5, 3, 3),
            kernels_up=(7, 7, 5, 5, 3, 3),
            upsampling=("nearest",) * 6,
            reduction="average",
            padding="zeros",
        ),
        learning_rate=0.001,
    ),
    _prior(
        "skip-activation",
        "Hourglass for activation maximisation",
        HourglassShape(
            channels=(16, 32, 64, 128, 128, 128),
            skip=(0, 4, 4, 4, 4, 4),
            kernels_down=(5, 3, 5, 5, 3, 5),
            kernels_up=(5, 3, 5, 3, 5, 3),
            upsampling=("bilinear",) * 6,
            reduction="average",
        ),
        learning_rate=0.001,
    ),
)
