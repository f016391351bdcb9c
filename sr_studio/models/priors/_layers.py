"""Layers that the fitted networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

if TYPE_CHECKING:
    from torch import Tensor

Padding = Literal["reflect", "zeros"]

_SLOPE = 0.2


def normalisation(channels: int) -> nn.BatchNorm2d:
    """Return a normalisation by the statistics of the one picture; there are no others."""
    return nn.BatchNorm2d(channels, track_running_stats=False)


def convolution(
    channels_in: int,
    channels_out: int,
    kernel_px: int,
    *,
    stride: int = 1,
    padding: Padding = "reflect",
    bias: bool = True,
) -> nn.Conv2d:
    """Return a convolution that keeps the sides, or divides them by `stride`."""
    if padding == "zeros" or kernel_px == 1:  # a border of none would still copy the whole map
        border_px = kernel_px // 2
        return nn.Conv2d(
            channels_in, channels_out, kernel_px, stride=stride, padding=border_px, bias=bias
        )
    return _ReflectingConvolution(channels_in, channels_out, kernel_px, stride=stride, bias=bias)


class _ReflectingConvolution(nn.Conv2d):
    """Reflects the map at its border, and replicates where it is too small for that."""

    @override
    def forward(self, features: Tensor) -> Tensor:
        border_px = self.kernel_size[0] // 2
        mode = "reflect" if min(features.shape[2:]) > border_px else "replicate"
        padded = F.pad(features, (border_px,) * 4, mode=mode)
        return F.conv2d(padded, self.weight, self.bias, self.stride)


def activation() -> nn.Module:
    return nn.LeakyReLU(_SLOPE, inplace=True)


def normalised(*layers: nn.Module, channels: int) -> list[nn.Module]:
    """Return the layers with normalisation and activation behind them.

    A bias in front of a normalisation is subtracted again; such layers are made without one.
    """
    return [*layers, normalisation(channels), activation()]
