"""The curve of sRGB, IEC 61966-2-1, with the slope below black carried on for what overshoots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Float = TypeVar("Float", bound=np.floating[Any])


def srgb_to_linear(encoded: NDArray[Float]) -> NDArray[Float]:
    """Return light, white at 1, of sRGB-encoded values; any shape, in their own precision."""
    power = ((np.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4
    linear: NDArray[Float] = np.where(encoded <= 0.04045, encoded / 12.92, power)
    return linear


def linear_to_srgb(linear: NDArray[Float]) -> NDArray[Float]:
    """Return the sRGB-encoded values of light; the reverse of `srgb_to_linear`."""
    power = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    encoded: NDArray[Float] = np.where(linear <= 0.0031308, linear * 12.92, power)
    return encoded
