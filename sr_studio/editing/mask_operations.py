"""What is done to a whole mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Coverage = NDArray[np.uint8]

_HALF = 128
_SIGMAS = 3


def grow(coverage: Coverage, px: float) -> Coverage:
    """Return the mask with its edge moved outwards, its corners rounded.

    Args:
        coverage: (H, W) uint8, 255 missing.
        px: how far.

    Returns:
        A new array, nowhere below `coverage`.
    """
    import cv2

    def grown(part: Coverage) -> Coverage:
        known = (part < _HALF).astype(np.uint8)
        if known.all():
            return part.copy()
        away = cv2.distanceTransform(known, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        edge = np.clip(np.asarray(away) * -255 + (px + 1) * 255, 0, 255)
        return np.asarray(np.maximum(part, np.rint(edge).astype(np.uint8)), np.uint8)

    return _near(coverage, px + 2, grown)


def shrink(coverage: Coverage, px: float) -> Coverage:
    """Return the mask with its edge moved inwards; at the border of the picture it stays."""
    return np.asarray(255 - grow(255 - coverage, px), np.uint8)


def feather(coverage: Coverage, px: float) -> Coverage:
    """Return the mask with a soft edge, `px` to either side."""
    import cv2

    if px <= 0:
        return coverage.copy()
    sigma = 2 * px / _SIGMAS

    def blurred(part: Coverage) -> Coverage:
        soft = cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(soft, np.uint8)

    return _near(coverage, _SIGMAS * sigma + 2, blurred)


def join(coverage: Coverage, other: Coverage) -> Coverage:
    """Return what is missing in one or the other."""
    return np.asarray(np.maximum(coverage, other), np.uint8)


def invert(coverage: Coverage) -> Coverage:
    """Return the mask of what was known."""
    return np.asarray(255 - coverage, np.uint8)


def _near(coverage: Coverage, reach_px: float, change: Callable[[Coverage], Coverage]) -> Coverage:
    """Return the mask with `change` made where something is missing, and around it."""
    import cv2

    x, y, width, height = cv2.boundingRect(coverage)
    whole = Region(0, 0, coverage.shape[1], coverage.shape[0])
    result = coverage.copy()
    if width and height:
        place = Region(x, y, width, height).grow(int(np.ceil(reach_px))).intersect(whole)
        result[place.slices] = change(np.ascontiguousarray(coverage[place.slices]))
    return result
