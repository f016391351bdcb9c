"""Gaussian kernels and their flatter and more pointed relatives.

X. Wang, L. Xie, C. Dong, Y. Shan, "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure
Synthetic Data", ICCV Workshops 2021, https://arxiv.org/abs/2107.10833, section 3.1.
With q the squared distance in units of the standard deviations: Gaussian exp(-q / 2), generalized
exp(-q^beta / 2), plateau-shaped 1 / (1 + q^beta).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.kernels._grid import normalized, pixel_centres

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALLEST_SIGMA_PX = 0.05  # below, a neighbour's weight is nought in double precision


def gaussian_kernel(
    side_px: int,
    sigma_px: float,
    across_px: float | None = None,
    angle_rad: float = 0.0,
    *,
    shift_px: float = 0.0,
) -> NDArray[np.float64]:
    """Return a Gaussian sampled at the pixels' centres.

    Args:
        side_px: odd.
        sigma_px: standard deviation along the first axis; 0 for no blur.
        across_px: along the second; by default the same.
        angle_rad: from the horizontal to the first axis, counter-clockwise.
        shift_px: how far to the right of and below the middle the centre lies.

    Returns:
        (side_px, side_px); its sum is 1.
    """
    return generalized_gaussian_kernel(
        side_px, sigma_px, across_px, angle_rad, beta=1.0, shift_px=shift_px
    )


def generalized_gaussian_kernel(
    side_px: int,
    sigma_px: float,
    across_px: float | None = None,
    angle_rad: float = 0.0,
    *,
    beta: float,
    shift_px: float = 0.0,
) -> NDArray[np.float64]:
    """Return exp(-q^beta / 2): pointed for beta below 1, flat-topped above; see `gaussian_kernel`."""
    q = _squared_distance(side_px, sigma_px, across_px, angle_rad, shift_px)
    return normalized(np.exp(-0.5 * q**beta))


def plateau_kernel(
    side_px: int,
    sigma_px: float,
    across_px: float | None = None,
    angle_rad: float = 0.0,
    *,
    beta: float,
) -> NDArray[np.float64]:
    """Return 1 / (1 + q^beta), with heavy tails that the side cuts off; see `gaussian_kernel`."""
    q = _squared_distance(side_px, sigma_px, across_px, angle_rad, 0.0)
    return normalized(1 / (1 + q**beta))


def _squared_distance(
    side_px: int, sigma_px: float, across_px: float | None, angle_rad: float, shift_px: float
) -> NDArray[np.float64]:
    first = max(sigma_px, _SMALLEST_SIGMA_PX)
    second = first if across_px is None else max(across_px, _SMALLEST_SIGMA_PX)
    x, y = pixel_centres(side_px)
    x, y = x - shift_px, y + shift_px
    along = x * math.cos(angle_rad) + y * math.sin(angle_rad)
    across = y * math.cos(angle_rad) - x * math.sin(angle_rad)
    return (along / first) ** 2 + (across / second) ** 2
