"""Pictures made up for tests: gradients with noise, so that every row and channel differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_samples(
    height: int, width: int, channels: int, dtype: Any = np.uint8, seed: int = 0
) -> NDArray[Any]:
    """Return (H, W, C); integers use their whole range, floats go a little beyond white."""
    rng = np.random.default_rng(seed)
    y, x, c = np.mgrid[0:height, 0:width, 0:channels].astype(np.float64)
    values = 0.5 + 0.4 * np.sin(x / 5 + c) * np.cos(y / 7 - c) + rng.normal(0, 0.05, y.shape)
    if np.issubdtype(dtype, np.floating):
        return values.astype(dtype)
    return (np.clip(values, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def make_picture(
    height: int = 24,
    width: int = 36,
    channels: int = 3,
    dtype: Any = np.uint8,
    *,
    has_alpha: bool = False,
    origin: ImageOrigin | None = None,
    seed: int = 0,
) -> ImageBuffer:
    samples = make_samples(height, width, channels + has_alpha, dtype, seed)
    pixels = np.ascontiguousarray(samples[..., :channels])
    alpha = np.ascontiguousarray(samples[..., -1]) if has_alpha else None
    return ImageBuffer(pixels, alpha, origin or ImageOrigin())
