"""Restores a picture by a classical method, in its own depth and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.engines.prior.problems import restored_picture
from sr_studio.imaging.image_buffer import to_float
from sr_studio.metrics.psnr import psnr

if TYPE_CHECKING:
    from sr_studio.engines.classical._spec import ClassicalFilter
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


def restore_classically(
    damage: Damage, method: ClassicalFilter, context: JobContext
) -> tuple[ImageBuffer, float | None]:
    """Return the restored picture, and its PSNR over all channels in dB where the truth is known.

    Args:
        damage: the picture and what is asked.
        method: one that does it.
        context: cancelled within about a second.
    """
    pixels = np.clip(to_float(damage.image.pixels), 0, 1)
    made = method.run(pixels, missing=damage.missing, scale=damage.scale, context=context)
    restored = torch.from_numpy(np.ascontiguousarray(made.clip(0, 1))).permute(2, 0, 1)[None]
    picture = restored_picture(restored, damage)
    truth = damage.truth
    if truth is None or truth.pixels.shape[2] != picture.pixels.shape[2]:
        return picture, None
    return picture, psnr(to_float(picture.pixels), to_float(truth.pixels), white=1.0)
