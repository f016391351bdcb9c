"""Downsampling by a whole number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.image_buffer import from_float, to_float
from sr_studio.imaging.resize import Kernel, imresize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sr_studio.degradations.recipe import DownsampleKernel
    from sr_studio.imaging.image_buffer import Pixels

_RESIZE_KERNELS: Mapping[DownsampleKernel, Kernel] = {
    "matlab-bicubic": "bicubic",
    "bilinear": "bilinear",
    "lanczos": "lanczos",
    "nearest": "nearest",
}


def downsample(
    pixels: Pixels, scale: int, kernel: DownsampleKernel, *, sigma_px: float = 0.0
) -> Pixels:
    """Return (H / scale, W / scale, ...) pixels of the same dtype.

    All kernels but "gaussian" are those of `imresize` with antialiasing and mirrored edges.
    "gaussian" takes a Gaussian mean around the centre of each block of scale x scale pixels, so
    that the result lies where the others' does.

    Args:
        pixels: (H, W) or (H, W, C), sides that are multiples of `scale`; integers or floats.
        scale: 1 returns the pixels as they are, unless the kernel is "gaussian" with a sigma.
        kernel: one of DownsampleKernel.
        sigma_px: of "gaussian", in pixels of the input; 0 takes half the scale.
    """
    if pixels.shape[0] % scale or pixels.shape[1] % scale:
        raise ValueError(f"sides must be multiples of {scale}, not {pixels.shape[:2]}")
    if kernel != "gaussian":
        resize_kernel = _RESIZE_KERNELS[kernel]
        return pixels if scale == 1 else imresize(pixels, scale=1 / scale, kernel=resize_kernel)
    if scale == 1 and sigma_px == 0:
        return pixels
    sigma_px = sigma_px or scale / 2
    halfway = _gaussian_rows(to_float(pixels), scale, sigma_px)
    result = _gaussian_rows(halfway.swapaxes(0, 1), scale, sigma_px).swapaxes(0, 1)
    return from_float(np.ascontiguousarray(result), pixels.dtype)


def _gaussian_rows(pixels: Pixels, scale: int, sigma_px: float) -> Pixels:
    """Return one row for every `scale`: the Gaussian mean around the middle of the block."""
    reach = math.ceil(4 * sigma_px)
    offsets = np.arange(-reach, scale + reach)  # rows counted from the block's first
    weights = np.exp(-((offsets - (scale - 1) / 2) ** 2) / (2 * sigma_px**2))
    weights /= weights.sum()
    margins = [(reach, reach)] + [(0, 0)] * (pixels.ndim - 1)
    padded = np.pad(pixels, margins, mode="symmetric")
    count = len(pixels) // scale
    result = np.zeros((count, *pixels.shape[1:]), np.float32)
    for start, weight in enumerate(weights):
        result += np.float32(weight) * padded[start : start + (count - 1) * scale + 1 : scale]
    return result
