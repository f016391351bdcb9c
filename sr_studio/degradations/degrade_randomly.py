"""Makes a poor picture of a good one as training does: a picture with all that belongs to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.degradations.degrade import crop_to_multiple
from sr_studio.degradations.downsample import downsample
from sr_studio.degradations.random_degradation import apply_steps
from sr_studio.degradations.steps import BicubicStep, JpegStep
from sr_studio.imaging.image_buffer import from_float, to_float

if TYPE_CHECKING:
    from sr_studio.degradations.random_degradation import RandomDegradation
    from sr_studio.imaging.image_buffer import ImageBuffer


def degrade_randomly(
    image: ImageBuffer,
    degradation: RandomDegradation,
    scale: int,
    generator: np.random.Generator,
) -> tuple[ImageBuffer, tuple[str, ...]]:
    """Return the poor picture, cropped to a multiple of `scale` first, and what was done to it.

    Depth, gray and metadata stay; of 8 bits the pixels are those of `RandomDegradation.degrade`.
    Transparency is downsampled only, as "matlab-bicubic" does it.

    Args:
        image: any depth; what lies above white is clipped by noise and JPEG.
        degradation: the ranges.
        scale: whole divisor.
        generator: the only source of chance.

    Raises:
        SrStudioError: the picture is smaller than the scale, or too large for JPEG.
    """
    good = crop_to_multiple(image, scale)
    steps = degradation.sample(good.width, good.height, scale, generator)
    planes = torch.tensor(to_float(good.pixels)).permute(2, 0, 1)
    rows = apply_steps(planes, steps).permute(1, 2, 0).contiguous().numpy()
    dtype = good.pixels.dtype
    origin = good.origin
    if dtype != np.uint8 and any(isinstance(step, BicubicStep | JpegStep) for step in steps):
        note = "These steps have 8 bits a channel: finer steps of this picture were lost."
        origin = replace(origin, notes=(*origin.notes, note))
    alpha = None if good.alpha is None else downsample(good.alpha, scale, "matlab-bicubic")
    poor = replace(good, pixels=from_float(rows, dtype), alpha=alpha, origin=origin)
    return poor, tuple(step.text() for step in steps)
