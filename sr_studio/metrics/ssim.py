"""Structural similarity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels

WINDOW_PX = 11
_SIGMA_PX = 1.5
_K1, _K2 = 0.01, 0.03
_BLOCK_PX = 64  # rows at a time: they stay in the cache, and memory is bounded


def ssim(a: Pixels, b: Pixels, *, white: float) -> float:
    """Return the mean structural similarity, 1.0 where both are equal.

    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", 2004, https://doi.org/10.1109/TIP.2003.819861, eq. 13
    with the authors' settings: Gaussian window of 11 x 11 px and sigma 1.5, K1 = 0.01, K2 = 0.03,
    the mean over all places where the window lies within the picture. Not reduced beforehand.

    Args:
        a: (H, W) or (H, W, C), any dtype; of several channels the mean is taken.
        b: the same shape.
        white: the peak: 255, 65535 or 1.0.

    Raises:
        ValueError: different shapes, or a side below 11 px.
    """
    return structure_of(a, b, white=white).similarity


@dataclass(frozen=True, slots=True)
class Structure:
    """Means over the picture: SSIM, and its factor without luminance (contrast x structure)."""

    similarity: float
    contrast: float


def structure_of(a: Pixels, b: Pixels, *, white: float) -> Structure:
    """Return SSIM and its contrast-structure factor; arguments as in `ssim`."""
    if a.shape != b.shape or min(a.shape[:2]) < WINDOW_PX:
        raise ValueError(
            f"pictures of one size from {WINDOW_PX} x {WINDOW_PX} px are wanted, "
            f"not {a.shape} and {b.shape}"
        )
    similarity = contrast = 0.0
    count = 0
    for plane_a, plane_b in _planes(a, b):
        for y in range(0, len(plane_a) - WINDOW_PX + 1, _BLOCK_PX):
            rows = slice(y, y + _BLOCK_PX + WINDOW_PX - 1)
            whole, factor = _maps(plane_a[rows], plane_b[rows], white)
            similarity += float(whole.sum(dtype=np.float64))
            contrast += float(factor.sum(dtype=np.float64))
            count += whole.size
    return Structure(similarity / count, contrast / count)


def _planes(a: Pixels, b: Pixels) -> Iterator[tuple[Pixels, Pixels]]:
    if a.ndim == 2:
        yield a, b
    else:
        yield from zip(np.moveaxis(a, 2, 0), np.moveaxis(b, 2, 0), strict=True)


def _maps(a: Pixels, b: Pixels, white: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return SSIM and its contrast-structure factor where the window fits, (w - 10, h - 10)."""
    # Around mid-gray the squares are smaller and float32 loses less in E[x²] - E[x]².
    middle = np.float32(0.5)
    a = np.multiply(a, np.float32(1 / white), dtype=np.float32) - middle
    b = np.multiply(b, np.float32(1 / white), dtype=np.float32) - middle
    maps = np.stack([a, b, a * a + b * b, a * b], axis=1)  # (h, 4, w)
    mean_a, mean_b, mean_squares, mean_product = _smooth(maps)
    squares = mean_a * mean_a + mean_b * mean_b
    product = mean_a * mean_b
    c1, c2 = np.float32(_K1**2), np.float32(_K2**2)
    contrast = (2 * (mean_product - product) + c2) / (mean_squares - squares + c2)
    # the means again with black at zero: (m + 1/2)² = m² + m + 1/4
    total = mean_a + mean_b
    luminance = (2 * product + total + middle + c1) / (squares + total + middle + c1)
    return luminance * contrast, contrast


def _smooth(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Gaussian means of (h, N, w) maps, transposed: (N, w - 10, h - 10).

    Sparse products run in this thread alone: those of BLAS wait for its pool, up to 60 ms each
    while a network is busy beside.
    """
    height, count, width = maps.shape
    down = _windows(height) @ maps.reshape(height, -1)
    flipped = down.reshape(-1, count, width).transpose(2, 1, 0)  # (w, N, h - 10)
    across = _windows(width) @ np.ascontiguousarray(flipped).reshape(width, -1)
    smooth: NDArray[np.float32] = across.reshape(len(across), count, -1)
    return smooth.transpose(1, 0, 2)


@lru_cache(maxsize=16)
def _windows(length: int) -> Any:
    """Return the sparse (length - 10, length) matrix whose row i holds the window from i on."""
    distance_px = np.arange(WINDOW_PX) - WINDOW_PX // 2
    window = np.exp(-(distance_px**2) / (2 * _SIGMA_PX**2))
    window = (window / window.sum()).astype(np.float32)
    places = length - WINDOW_PX + 1
    columns = np.arange(places)[:, None] + np.arange(WINDOW_PX)
    starts = np.arange(0, places * WINDOW_PX + 1, WINDOW_PX)
    return csr_array((np.tile(window, places), columns.ravel(), starts), shape=(places, length))
