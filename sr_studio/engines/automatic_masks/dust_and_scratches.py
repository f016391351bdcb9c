"""Dust and scratches of scans: thin or small, and much brighter or darker than what is around.

The top-hat transform (what a morphological opening takes away; Serra, "Image Analysis and
Mathematical Morphology", 1982) finds all that is thinner than its element, bright as well as dark.
Long thin lines in any direction are told from texture by openings with line segments: a scratch
keeps its strength along one direction, a leaf or an eyelash loses it. Of what is short only single
specks on quiet ground count, for eyes, buttons and grass are specks as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.automatic_masks._planes import (
    components_of,
    kept_components,
    luma_of,
    odd,
    unit_px,
)
from sr_studio.engines.automatic_masks._spec import AutomaticMask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_WIDEST_PX = 7.0  # of a scratch, in the small picture
_LINE_PX = 21.0
_DIRECTIONS = 24
_DARK_LENGTH = 5.0  # segments: mouths and eyebrows are dark lines, and scratches mostly bright
_QUIET_PX = 31.0


def _find(image: ImageBuffer, *, sensitivity: float, context: JobContext) -> NDArray[np.uint8]:
    import cv2

    luma, unit = luma_of(image), unit_px(image)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (odd(_WIDEST_PX * unit),) * 2)
    found = np.zeros(luma.shape, np.uint8)
    operations = (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)
    for number, operation in enumerate(operations):
        context.checkpoint()
        strength = np.asarray(cv2.morphologyEx(luma, operation, element), np.uint8)
        part = context.part(number / 2, 0.5)
        is_dark = operation == cv2.MORPH_BLACKHAT
        found |= _lines(strength, unit, sensitivity, _DARK_LENGTH if is_dark else 1.3, part)
        context.checkpoint()
        found |= _specks(luma, strength, unit, sensitivity)
    grown = cv2.dilate(found, np.ones((odd(2 * unit),) * 2, np.uint8))  # the soft rim belongs to it
    context.report(1, 1)
    return np.asarray(grown, np.uint8)


def _lines(
    strength: NDArray[np.uint8],
    unit: float,
    sensitivity: float,
    least_length: float,
    context: JobContext,
) -> NDArray[np.uint8]:
    """Return what is strong along a line in some direction, and so many segments long."""
    import cv2

    threshold = 52 - 40 * sensitivity
    length = odd(_LINE_PX * unit)
    best = np.zeros(strength.shape, np.uint8)
    for number in range(_DIRECTIONS):
        context.checkpoint()
        opened = cv2.morphologyEx(
            strength, cv2.MORPH_OPEN, _segment(length, np.pi * number / _DIRECTIONS)
        )
        np.maximum(best, opened, out=best)
        context.report(number + 1, _DIRECTIONS)
    marks = np.where(best >= threshold, np.uint8(255), np.uint8(0))
    # along a line that was found its weaker pixels count too
    near = cv2.dilate(marks, np.ones((3, 3), np.uint8))
    marks |= np.where(
        (np.asarray(near) > 0) & (strength >= threshold / 2), np.uint8(255), np.uint8(0)
    )
    pieces = components_of(marks)
    sides = pieces.boxes[:, 2:].max(axis=1)
    # long, and thin for its length
    keep = (sides >= least_length * length) & (pieces.areas <= sides * _WIDEST_PX * unit)
    return kept_components(marks, keep, pieces.labels)


def _specks(
    luma: NDArray[np.uint8], strength: NDArray[np.uint8], unit: float, sensitivity: float
) -> NDArray[np.uint8]:
    """Return small spots on ground where nothing else happens."""
    import cv2

    threshold = 70 - 45 * sensitivity
    side = odd(_QUIET_PX * unit)
    small = cv2.medianBlur(luma, min(odd(_WIDEST_PX * unit), 255 if luma.dtype == np.uint8 else 5))
    mean = cv2.blur(np.asarray(small, np.float32), (side, side))
    square = cv2.blur(np.asarray(small, np.float32) ** 2, (side, side))
    unrest = np.sqrt(np.maximum(np.asarray(square) - np.asarray(mean) ** 2, 0))
    is_quiet = unrest < 4 + 8 * sensitivity
    marks = np.where((strength >= threshold) & is_quiet, np.uint8(255), np.uint8(0))
    pieces = components_of(marks)
    keep = pieces.boxes[:, 2:].max(axis=1) <= 2 * _WIDEST_PX * unit
    return kept_components(marks, keep, pieces.labels)


def _segment(length: int, angle: float) -> NDArray[np.uint8]:
    """Return a line through the middle of a square, as a structuring element."""
    import cv2

    element = np.zeros((length, length), np.uint8)
    middle = length // 2
    dx, dy = round(middle * np.cos(angle)), round(middle * np.sin(angle))
    cv2.line(element, (middle - dx, middle - dy), (middle + dx, middle + dy), 1)
    return element


AUTOMATIC_MASK = AutomaticMask(id="dust-and-scratches", title="Dust and scratches", find=_find)
