"""White noise: Gaussian, and shot noise, which grows with the light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MANY_QUANTA = 16.0
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of ITU-R BT.601


def add_noise(
    pixels: NDArray[Any], sigma: float, generator: np.random.Generator, *, gray: bool = False
) -> NDArray[np.float32]:
    """Return `pixels` plus independent normal noise at each pixel and channel, not clipped.

    Args:
        pixels: any shape, float32.
        sigma: standard deviation, in the unit of `pixels` (papers name it on the scale of 255).
        generator: the only source of chance.
        gray: the same noise in all channels of (H, W, C).
    """
    shape = (*pixels.shape[:2], 1) if gray else pixels.shape
    noise = generator.standard_normal(shape, dtype=np.float32)
    noise *= np.float32(sigma)
    if gray:
        return pixels + noise
    noise += pixels
    return noise


def add_shot_noise(
    pixels: NDArray[Any], sigma: float, generator: np.random.Generator, *, gray: bool = False
) -> NDArray[np.float32]:
    """Return what a sensor that counts quanta of light sees, not clipped.

    A pixel of value x has the standard deviation sigma * sqrt(x): white stands for 1 / sigma^2
    quanta, and their number follows Poisson's law. Above 16 of them the normal law of the same
    mean and variance stands in for it, which is ten times as quick.

    Args:
        pixels: (H, W, C), float32 in [0, 1]; what is below 0 counts as black.
        sigma: standard deviation at white, in the unit of `pixels`, above 0.
        generator: the only source of chance.
        gray: the same noise in all channels, that of the picture's luma.
    """
    light = pixels
    if gray and pixels.shape[2] == 3:
        light = (pixels @ _LUMA)[..., None]
    quanta = np.maximum(light, 0, dtype=np.float32) * np.float32(sigma**-2)
    noise = generator.standard_normal(light.shape, dtype=np.float32)
    noise *= np.sqrt(quanta)
    is_few = quanta < _MANY_QUANTA
    few = quanta[is_few]
    noise[is_few] = generator.poisson(few) - few
    noise *= np.float32(sigma**2)
    return pixels + noise
