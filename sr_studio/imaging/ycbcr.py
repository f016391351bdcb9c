"""MATLAB's conversion between RGB and YCbCr, the one that the field's PSNR is measured on.

ITU-R BT.601 in studio swing: Y from 16 to 235, Cb and Cr from 16 to 240 of 255. Sources: MathWorks,
`rgb2ycbcr.m` and `ycbcr2rgb.m`; C. A. Poynton, "A Technical Introduction to Digital Video", 1996,
p. 175.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.image_buffer import white_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.imaging.image_buffer import Pixels

_TO_YCBCR = (
    np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
    / 255
)
_OFFSET = np.array([16.0, 128.0, 128.0]) / 255  # of white
_TO_GRAY = (0.298936021293775, 0.587043074451121, 0.114020904255103)  # of rgb2gray.m, NTSC
_TO_RGB = np.linalg.inv(_TO_YCBCR)


def rgb_to_ycbcr(rgb: Pixels) -> Pixels:
    """Return (..., 3) YCbCr of (..., 3) RGB in the same dtype and the same white.

    Floats (white at 1.0) are neither rounded nor clipped, uint8 and uint16 are both.
    """
    return np.stack([_combine(rgb, _TO_YCBCR[row], _OFFSET[row]) for row in range(3)], axis=-1)


def rgb_to_y(rgb: Pixels) -> Pixels:
    """Return (...) luma of (..., 3) RGB: the first plane of `rgb_to_ycbcr`."""
    return _combine(rgb, _TO_YCBCR[0], _OFFSET[0])


def rgb_to_gray(rgb: Pixels) -> Pixels:
    """Return (...) gray of (..., 3) RGB as MATLAB's `rgb2gray` has it, from black to white.

    The papers' gray test pictures were made so. Same dtype and white; rounded as above.
    """
    return _combine(rgb, _TO_GRAY, 0.0)


def ycbcr_to_rgb(ycbcr: Pixels) -> Pixels:
    """Return (..., 3) RGB of (..., 3) YCbCr in the same dtype and the same white.

    Floats (white at 1.0) are neither rounded nor clipped, uint8 and uint16 are both.
    """
    offsets = -_TO_RGB @ _OFFSET
    return np.stack([_combine(ycbcr, _TO_RGB[row], offsets[row]) for row in range(3)], axis=-1)


def _combine(planes: Pixels, factors: Sequence[float], offset: float) -> Pixels:
    """Return the weighted sum of three planes, added from left to right as MATLAB does."""
    if planes.shape[-1] != 3:
        raise ValueError(f"planes must be (..., 3), not {planes.shape}")
    is_integer = np.issubdtype(planes.dtype, np.integer)
    work = np.float64 if is_integer else planes.dtype
    white = white_of(planes.dtype)
    total = np.multiply(planes[..., 0], factors[0], dtype=work)
    for channel in (1, 2):
        total += np.multiply(planes[..., channel], factors[channel], dtype=work)
    total += offset * white
    if is_integer:
        total += 0.5
        np.clip(total, 0, white, out=total)
    result: Pixels = total.astype(planes.dtype, copy=False)
    return result
