"""What a linear degradation is: an operator on pictures and its exact adjoint."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn
from typing_extensions import override


class LinearDegradation(nn.Module, ABC):
    """A linear operator A from a good picture to what is observed of it, without noise.

    Nothing in it is learned. It computes where `pixels` is; a mask is a buffer to be moved there.
    For all x and y, <A x, y> = <x, A' y> up to rounding.
    """

    @abstractmethod
    @override
    def forward(self, pixels: Tensor) -> Tensor:
        """Return A x; differentiable.

        Args:
            pixels: (B, C, H, W), float, any range; (H, W) as the operator allows.

        Returns:
            (B, C, h, w), same device, not clamped; half precision may come back as fp32.

        Raises:
            ValueError: the sides do not suit the operator.
        """

    @abstractmethod
    def adjoint(self, observed: Tensor) -> Tensor:
        """Return A' y.

        Args:
            observed: (B, C, h, w), float, any range, as `forward` returns it.

        Returns:
            (B, C, H, W), same device, not clamped.
        """


def check_multiples(pixels: Tensor, scale: int) -> None:
    """Refuse sides that a reduction by `scale` would have to round.

    Raises:
        ValueError: a side of (B, C, H, W) is no multiple of `scale`.
    """
    if pixels.shape[2] % scale or pixels.shape[3] % scale:
        raise ValueError(f"sides must be multiples of {scale}, not {tuple(pixels.shape[2:])}")
