"""Pixels that hold nothing: pure black, pure white, or transparent.

Black and white count where they are blocks with sharp sides or single pixels amid others, as masks
burnt into a picture are; a night sky or a blown one reaches its value by degrees and is left out.
The sensitivity decides how abrupt a side must be; at 1 every pure pixel counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.automatic_masks._planes import components_of, kept_components
from sr_studio.engines.automatic_masks._spec import AutomaticMask
from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.mask_image import transparent_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


def _find(image: ImageBuffer, *, sensitivity: float, context: JobContext) -> NDArray[np.uint8]:
    found = np.zeros(image.pixels.shape[:2], np.uint8)
    transparent = transparent_pixels(image)
    if transparent is not None:
        found |= np.where(transparent == 255, np.uint8(255), np.uint8(0))
    for number, pure in enumerate((0, image.white)):
        context.checkpoint()
        marks = (image.pixels == pure).all(axis=2)
        if marks.any():
            found |= _abrupt(image, marks, sensitivity)
        context.report(number + 1, 2)
    return found


def _abrupt(image: ImageBuffer, marks: NDArray[np.bool_], sensitivity: float) -> NDArray[np.uint8]:
    """Return those components of `marks` at whose rim the picture jumps."""
    values = np.where(marks, np.uint8(255), np.uint8(0))
    pieces = components_of(values, connectivity=4)
    count, labels = pieces.count, pieces.labels
    luma = to_float(image.pixels).mean(axis=2, dtype=np.float32)
    pure = float(luma[marks][0])
    jumps, rims = np.zeros(count), np.zeros(count)
    for axis in (0, 1):
        for inner, outer in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            here = (inner, slice(None)) if axis == 0 else (slice(None), inner)
            there = (outer, slice(None)) if axis == 0 else (slice(None), outer)
            is_rim = marks[here] & ~marks[there]
            of = labels[here][is_rim]
            rims += np.bincount(of, minlength=count)
            jumps += np.bincount(of, np.abs(luma[there][is_rim] - pure), minlength=count)
    mean_jump = jumps / np.maximum(rims, 1)
    return kept_components(values, mean_jump >= 0.2 * (1 - sensitivity), labels)


AUTOMATIC_MASK = AutomaticMask(id="missing-pixels", title="Missing pixels", find=_find)
