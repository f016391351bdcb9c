"""Where the holes of a mask lie, and what around them is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_PX = 32


def find_holes(missing: NDArray[np.bool_], apart_px: int) -> tuple[Region, ...]:
    """Return boxes around the holes, from above to below; those near to each other share one.

    A hundred thousand specks of dust make no hundred thousand boxes: what is nearer than
    `apart_px` (in blocks of 32 px) is one hole.

    Args:
        missing: (H, W), True in the holes.
        apart_px: from each other, for two boxes.
    """
    import cv2

    height, width = missing.shape
    rows, columns = -(-height // _BLOCK_PX), -(-width // _BLOCK_PX)
    padded = np.zeros((rows * _BLOCK_PX, columns * _BLOCK_PX), np.bool_)
    padded[:height, :width] = missing
    blocks = padded.reshape(rows, _BLOCK_PX, columns, _BLOCK_PX).any(axis=(1, 3))
    used = np.asarray(blocks, np.uint8)
    reach = -(-apart_px // (2 * _BLOCK_PX))
    near = cv2.dilate(used, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, labels = cv2.connectedComponents(near, connectivity=8)
    labels = np.where(used > 0, labels, 0)
    found = []
    for label in np.unique(labels[labels > 0]):
        box = _box(labels == label)
        place = box.scale(_BLOCK_PX).intersect(Region(0, 0, width, height))
        mine = (labels == label)[box.slices].repeat(_BLOCK_PX, 0).repeat(_BLOCK_PX, 1)
        inner = _box(missing[place.slices] & mine[: place.height, : place.width])
        found.append(inner.shift(place.x, place.y))
    return tuple(sorted(found, key=lambda box: (box.y, box.x)))


def depths_px(missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each missing pixel lies from the nearest known one, (H, W); 0 where known."""
    import cv2

    inside = np.ascontiguousarray(missing).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _box(marked: NDArray[np.bool_]) -> Region:
    """Return the box around what is True, of which there is some."""
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return Region(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)
