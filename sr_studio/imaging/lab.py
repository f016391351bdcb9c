"""CIE Lab of sRGB pictures (D65), by scikit-image: OpenCV's is wrong by up to 0.3 units."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rgb_to_lab(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3) float32: L in [0, 100], a and b in about [-108, 99].

    Args:
        rgb: (H, W, 3) float32, sRGB-encoded, in [0, 1].
    """
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(rgb), np.float32)


def lab_to_rgb(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3) float32, sRGB-encoded, clipped to [0, 1]; the reverse of `rgb_to_lab`."""
    from skimage.color import lab2rgb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # colours that there cannot be are clipped
        return np.asarray(lab2rgb(lab), np.float32)
