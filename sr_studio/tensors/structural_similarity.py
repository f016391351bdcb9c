"""Structural similarity on tensors, differentiable; the same sums as `sr_studio.metrics.ssim`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

WINDOW_PX = 11
_SIGMA_PX = 1.5
_C1, _C2 = 0.01**2, 0.03**2


class SimilarityMaps(NamedTuple):
    """At every place of the window.

    Attributes:
        luminance: l of the papers, (B, C, h, w).
        contrast: contrast times structure, cs, the same shape; SSIM is their product.
    """

    luminance: Tensor
    contrast: Tensor


def similarity_maps(a: Tensor, b: Tensor, window: Tensor) -> SimilarityMaps:
    """Compare two batches where the window lies within the picture.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", 2004, https://doi.org/10.1109/TIP.2003.819861, equations 6 to 13, K1 = 0.01,
    K2 = 0.03.

    Args:
        a: (B, C, H, W) in [0, 1], float.
        b: the same shape and type.
        window: (K,) weights of a separable window, sum 1.
    """
    middle = 0.5  # around mid-gray the squares are smaller and fp32 loses less
    a, b = a - middle, b - middle
    channels = a.shape[1]
    maps = torch.cat([a, b, a * a + b * b, a * b], dim=1)
    means = smooth(maps, window)  # (B, 4*C, h, w)
    mean_a, mean_b, mean_squares, mean_product = torch.split(means, channels, dim=1)
    squares, product = mean_a * mean_a + mean_b * mean_b, mean_a * mean_b
    contrast = (2 * (mean_product - product) + _C2) / (mean_squares - squares + _C2)
    # the means again with black at zero: (m + 1/2)^2 = m^2 + m + 1/4
    total = mean_a + mean_b
    luminance = (2 * product + total + middle + _C1) / (squares + total + middle + _C1)
    return SimilarityMaps(luminance, contrast)


def smooth(pixels: Tensor, window: Tensor) -> Tensor:
    """Return the weighted means of (B, C, H, W): (B, C, H - K + 1, W - K + 1)."""
    channels = pixels.shape[1]
    kernel = window.to(pixels).repeat(channels, 1, 1, 1)  # (C, 1, 1, K)
    across = F.conv2d(pixels, kernel, groups=channels)
    return F.conv2d(across, kernel.transpose(2, 3), groups=channels)


def gaussian_window(side_px: int = WINDOW_PX, sigma_px: float = _SIGMA_PX) -> Tensor:
    """Return (side_px,) weights, float64, sum 1; by default those of the authors of SSIM."""
    distance_px = torch.arange(side_px, dtype=torch.float64) - side_px // 2
    window = torch.exp(-(distance_px**2) / (2 * sigma_px**2))
    return window / window.sum()
