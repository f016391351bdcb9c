"""What detectors look at: planes of 8 bits, and the sizes of things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.image_buffer import from_float, to_float

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer

_REFERENCE_PX = 800  # longer side of a picture in which a scratch is some two pixels wide


def luma_of(image: ImageBuffer) -> NDArray[np.uint8]:
    """Return (H, W) uint8, the mean of the channels as they are encoded."""
    if image.pixels.dtype == np.uint8 and image.is_gray:
        return np.ascontiguousarray(image.pixels[..., 0])
    mean = to_float(image.pixels).mean(axis=2, dtype=np.float32)
    return np.asarray(from_float(mean, np.uint8), np.uint8)


def unit_px(image: ImageBuffer) -> float:
    """Return how many pixels of this picture are one of a small one, 1 or more."""
    return max(1.0, max(image.width, image.height) / _REFERENCE_PX)


def odd(size_px: float) -> int:
    """Return the odd whole number next to a size, 3 or more."""
    return max(3, 2 * round((size_px - 1) / 2) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Connected pieces of what is marked; number 0 is all that is not.

    Attributes:
        count: of pieces, with number 0.
        labels: (H, W) int32, the number at each pixel.
        boxes: (count, 4), x, y, width and height.
        areas: (count,), in pixels.
        middles: (count, 2), x and y.
    """

    count: int
    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]
    middles: NDArray[np.float64]


def components_of(marks: NDArray[np.uint8], *, connectivity: int = 8) -> Components:
    """Return the pieces of (H, W) marks."""
    import cv2

    count, labels, stats, middles = cv2.connectedComponentsWithStats(
        marks, connectivity=connectivity
    )
    table = np.asarray(stats, np.int32)
    return Components(
        count,
        np.asarray(labels, np.int32),
        table[:, :4],
        table[:, cv2.CC_STAT_AREA],
        np.asarray(middles, np.float64),
    )


def kept_components(
    marks: NDArray[np.uint8], keep: NDArray[np.bool_], labels: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Return `marks` without the components that are not kept.

    Args:
        marks: (H, W), 255 where marked.
        keep: by label.
        labels: (H, W), as OpenCV counts them; 0 is no component.
    """
    keep = keep.copy()
    keep[0] = False
    return np.where(keep[labels], marks, np.uint8(0))
