"""White Gaussian noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def add_noise(
    pixels: NDArray[Any], sigma: float, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return `pixels` plus independent normal noise at each pixel and channel, not clipped.

    Args:
        pixels: any shape, float32.
        sigma: standard deviation, in the unit of `pixels` (papers name it on the scale of 255).
        generator: the only source of chance.
    """
    noise = generator.standard_normal(pixels.shape, dtype=np.float32)
    noise *= np.float32(sigma)
    noise += pixels
    return noise
