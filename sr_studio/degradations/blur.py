"""Isotropic Gaussian blur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray


def blur(pixels: NDArray[Any], sigma_px: float) -> NDArray[Any]:
    """Return `pixels` blurred by a Gaussian; the picture is mirrored beyond its edge.

    Args:
        pixels: (H, W) or (H, W, C), float32 or float64, any range.
        sigma_px: standard deviation; the kernel reaches four of them to each side.
    """
    blurred: NDArray[Any] = gaussian_filter(
        pixels, sigma_px, mode="reflect", truncate=4.0, axes=(0, 1)
    )
    return blurred
