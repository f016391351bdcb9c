"""The circular low-pass filter: it rings, as sharpening and JPEG do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.kernels._grid import normalized, pixel_centres

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sinc_kernel(side_px: int, cutoff_rad: float) -> NDArray[np.float64]:
    """Return the filter that cuts off all waves shorter than 2 pi / cutoff_rad pixels.

    Equation 6 of X. Wang et al., "Real-ESRGAN", 2021, https://arxiv.org/abs/2107.10833, with the
    limit at the centre: cutoff J1(cutoff r) / (2 pi r), J1 the Bessel function.

    Args:
        side_px: odd.
        cutoff_rad: radians per pixel, above 0; pi leaves almost everything.

    Returns:
        (side_px, side_px), partly negative; its sum is 1.
    """
    from scipy.special import j1  # a tenth of a second that other kernels do not need

    x, y = pixel_centres(side_px)
    radius = np.hypot(x, y)
    middle = side_px // 2, side_px // 2
    radius[middle] = 1.0
    weights = cutoff_rad * j1(cutoff_rad * radius) / (2 * np.pi * radius)
    weights[middle] = cutoff_rad**2 / (4 * np.pi)
    return normalized(weights)
