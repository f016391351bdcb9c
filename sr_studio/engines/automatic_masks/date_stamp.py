"""The date that cameras burn into a corner: bright orange, red or yellow digits in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.automatic_masks._planes import (
    components_of,
    kept_components,
    odd,
    unit_px,
)
from sr_studio.engines.automatic_masks._spec import AutomaticMask
from sr_studio.imaging.image_buffer import from_float, to_float

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.engines.automatic_masks._planes import Components
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_BAND = 0.25  # share of the height, at the lower and the upper edge, in which it is looked for
_LEAST_DIGITS = 4


def _find(image: ImageBuffer, *, sensitivity: float, context: JobContext) -> NDArray[np.uint8]:
    import cv2

    height, width = image.pixels.shape[:2]
    found = np.zeros((height, width), np.uint8)
    if image.is_gray:
        return found
    unit = unit_px(image)
    band = max(1, round(height * _BAND))
    for number, rows in enumerate((slice(height - band, None), slice(0, band))):
        context.checkpoint()
        pixels = np.asarray(from_float(to_float(image.pixels[rows]), np.uint8), np.uint8)
        marks = _glow(pixels, sensitivity)
        # the segments of a digit, and the digits of a date, become one piece
        joined = cv2.morphologyEx(
            marks, cv2.MORPH_CLOSE, np.ones((odd(5 * unit), odd(25 * unit)), np.uint8)
        )
        pieces = components_of(np.asarray(joined, np.uint8))
        keep = _is_row_of_digits(pieces, marks, unit)
        kept = kept_components(marks, keep, pieces.labels)
        found[rows] |= np.asarray(
            cv2.dilate(kept, np.ones((odd(5 * unit),) * 2, np.uint8)), np.uint8
        )
        context.report(number + 1, 2)
    return found


def _glow(pixels: NDArray[np.uint8], sensitivity: float) -> NDArray[np.uint8]:
    """Return where the colour is that of such digits."""
    import cv2

    hue, saturation, value = np.moveaxis(
        np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV_FULL), np.uint8), 2, 0
    )
    is_warm = (hue <= 50) | (hue >= 245)  # of 256: red over orange to yellow
    is_bright = (saturation >= 150 - 90 * sensitivity) & (value >= 190 - 70 * sensitivity)
    return np.where(is_warm & is_bright, np.uint8(255), np.uint8(0))


def _is_row_of_digits(
    pieces: Components, marks: NDArray[np.uint8], unit: float
) -> NDArray[np.bool_]:
    """Return which joined pieces are as wide as a date, and full of separate strokes."""
    keep = np.zeros(pieces.count, np.bool_)
    for label in range(1, pieces.count):
        x, y, width, height = (int(value) for value in pieces.boxes[label])
        if not (6 * unit <= height <= 80 * unit and 2.5 * height <= width <= 14 * height):
            continue
        box = (slice(y, y + height), slice(x, x + width))
        inside = (pieces.labels[box] == label) & (marks[box] > 0)
        strokes = components_of(inside.astype(np.uint8)).count - 1
        keep[label] = strokes >= _LEAST_DIGITS and inside.mean() < 0.6
    return keep


AUTOMATIC_MASK = AutomaticMask(id="date-stamp", title="Date stamp", find=_find)
