"""Peak signal-to-noise ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import Pixels


def psnr(a: Pixels, b: Pixels, *, white: float) -> float:
    """Return 10 log10(white² / mean((a - b)²)) in dB, infinite where both are equal.

    Args:
        a: any shape and dtype.
        b: the same shape.
        white: the peak: 255, 65535 or 1.0.
    """
    if a.shape != b.shape or a.size == 0:
        raise ValueError(f"pictures of one size are wanted, not {a.shape} and {b.shape}")
    squares = 0.0
    for rows_a, rows_b in zip(_blocks(a), _blocks(b), strict=True):
        # float64 holds the difference of 16-bit values and of floats alike
        error = np.subtract(rows_a, rows_b, dtype=np.float64)
        squares += float(np.square(error, out=error).sum())
    return 10 * math.log10(white**2 * a.size / squares) if squares > 0 else math.inf


def _blocks(values: Pixels) -> list[Pixels]:
    """Cut into rows that fit the cache, so that no difference of whole pictures is stored."""
    rows = max(1, (1 << 17) // max(1, values[:1].size))
    return [values[start : start + rows] for start in range(0, len(values), rows)]
