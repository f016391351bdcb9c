"""The disk that a lens out of focus makes of a point."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.kernels._grid import normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS = 9  # a side of each pixel: odd, so that the middle of the disk is one of them


def defocus_kernel(radius_px: float) -> NDArray[np.float64]:
    """Return a disk whose edge pixels weigh what of them it covers.

    Args:
        radius_px: 0 or more; below half a pixel nothing is blurred.

    Returns:
        (K, K) with the smallest odd K that holds it; its sum is 1.
    """
    reach = math.ceil(radius_px - 0.5) if radius_px > 0.5 else 0
    side = 2 * reach + 1
    fine = (np.arange(side * _POINTS) - (side * _POINTS - 1) / 2) / _POINTS
    inside = (fine[:, None] ** 2 + fine[None, :] ** 2 <= max(radius_px, 0.5) ** 2).astype(
        np.float64
    )
    return normalized(inside.reshape(side, _POINTS, side, _POINTS).mean(axis=(1, 3)))
