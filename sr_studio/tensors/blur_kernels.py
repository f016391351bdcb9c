"""Gaussian blur kernels as networks that are told the blur take them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SMALLEST_SIGMA_PX = 0.05  # below, a neighbour's weight is nought in double precision


def gaussian_kernel(
    side_px: int, sigma_px: float, across_px: float | None = None, angle_rad: float = 0.0
) -> Tensor:
    """Return a Gaussian sampled at the pixels' centres, as MATLAB's `fspecial` does.

    Args:
        side_px: odd.
        sigma_px: standard deviation along the first axis; 0 for no blur at all.
        across_px: along the second; by default the same.
        angle_rad: from the horizontal to the first axis, counter-clockwise.

    Returns:
        (side_px, side_px) float64 on the CPU; its sum is 1.
    """
    sigmas = [max(each, _SMALLEST_SIGMA_PX) for each in (sigma_px, sigma_px)]
    if across_px is not None:
        sigmas[1] = max(across_px, _SMALLEST_SIGMA_PX)
    positions = torch.arange(side_px, dtype=torch.float64, device="cpu") - side_px // 2
    x, y = positions[None, :], -positions[:, None]
    along = x * math.cos(angle_rad) + y * math.sin(angle_rad)
    across = y * math.cos(angle_rad) - x * math.sin(angle_rad)
    kernel = torch.exp(-(along**2) / (2 * sigmas[0] ** 2) - across**2 / (2 * sigmas[1] ** 2))
    return kernel / kernel.sum()
