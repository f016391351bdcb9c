"""Letters laid over a picture: subtitles, captions, watermarks of one colour.

Letters are strokes of about one width and of one colour, in rows: strong in the top-hat of their
width, flat within, and of like height as their neighbours (after Epshtein, Ofek, Wexler, "Detecting
Text in Natural Scenes with Stroke Width Transform", CVPR 2010, with the top-hat in place of the
transform).
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

_STROKE_PX = 9.0
_HEIGHTS_PX = 5.0, 90.0
_LEAST_LETTERS = 4  # in a row
_LIKE = 1.8  # heights of neighbours differ by no more than this factor


def _find(image: ImageBuffer, *, sensitivity: float, context: JobContext) -> NDArray[np.uint8]:
    import cv2

    luma, unit = luma_of(image), unit_px(image)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (odd(_STROKE_PX * unit),) * 2)
    found = np.zeros(luma.shape, np.uint8)
    for number, operation in enumerate((cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)):
        context.checkpoint()
        strength = np.asarray(cv2.morphologyEx(luma, operation, element), np.uint8)
        level = 70 - 50 * sensitivity
        marks = np.where(strength >= level, np.uint8(255), np.uint8(0))
        found |= _rows_of_letters(marks, luma, unit, sensitivity)
        context.report(number + 1, 2)
    grown = cv2.dilate(found, np.ones((odd(3 * unit),) * 2, np.uint8))  # the letters' soft rim
    return np.asarray(grown, np.uint8)


def _rows_of_letters(
    marks: NDArray[np.uint8], luma: NDArray[np.uint8], unit: float, sensitivity: float
) -> NDArray[np.uint8]:
    """Return the components that stand in a row with others of like height and colour."""
    pieces = components_of(marks)
    count, labels, middles = pieces.count, pieces.labels, pieces.middles
    width, height = pieces.boxes[:, 2:].T.astype(float)
    low, high = (px * unit for px in _HEIGHTS_PX)
    fits = (height >= low) & (height <= high) & (width <= 4 * height)
    fits &= pieces.areas >= 0.1 * width * height
    fits[0] = False
    colours = np.bincount(labels.ravel(), luma.ravel(), count) / np.maximum(
        np.bincount(labels.ravel(), minlength=count), 1
    )
    candidates = np.flatnonzero(fits)
    if len(candidates) < _LEAST_LETTERS:
        return np.zeros_like(marks)
    from scipy.spatial import cKDTree

    # letters stand close to each other along the row, and level
    places = middles[candidates] * (1.0, 3.0)
    tree = cKDTree(places)
    alike = [0] * count
    for index, letter in enumerate(candidates):
        near = tree.query_ball_point(places[index], 3.5 * max(height[letter], low))
        for other in candidates[near]:
            tall = max(height[letter], height[other]) / min(height[letter], height[other])
            is_alike = tall <= _LIKE and abs(colours[letter] - colours[other]) < 24
            alike[letter] += int(other != letter and is_alike)
    wanted = _LEAST_LETTERS - 1 - round(sensitivity)
    return kept_components(marks, np.asarray(alike) >= wanted, labels)


AUTOMATIC_MASK = AutomaticMask(id="text", title="Text", find=_find)
