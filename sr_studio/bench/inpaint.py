"""How long a hole of 300 x 300 pixels in a photo of 12 megapixels takes to be filled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.progress import OnlyCancellable
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._inpaint_pictures import InpaintPictureRequest, InpaintSettings

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._inpaint_pictures import InpaintMethod

_SIZE_PX = 4000, 3000
_HOLE = Region(1850, 1350, 300, 300)
_WANTED_S = 10.0
_METHODS: tuple[InpaintMethod, ...] = ("exemplar", "telea", "biharmonic")
_SEED = 3


def _run(context: JobContext) -> tuple[Measurement, ...]:
    context.checkpoint()
    picture, coverage = _picture(), np.zeros(_SIZE_PX[::-1], np.uint8)
    coverage[_HOLE.slices] = 255
    measured = []
    for number, method in enumerate(_METHODS):
        context.report(number, len(_METHODS), method)
        request = InpaintPictureRequest(picture, coverage, InpaintSettings(method=method))
        started_s = time.perf_counter()
        request.run(OnlyCancellable(context))
        seconds = time.perf_counter() - started_s
        measured.append(
            Measurement(method, seconds, "s", _WANTED_S, _WANTED_S / seconds, "what is wanted")
        )
    return tuple(measured)


def _picture() -> ImageBuffer:
    """Return a sample photo enlarged, with grain: no two patches are the same."""
    photo = decode_image(resource_folder() / "samples" / "astronaut.png").pixels
    grain = np.random.default_rng(_SEED).normal(0, 5, (_SIZE_PX[1], _SIZE_PX[0], 1))
    enlarged = imresize(photo, size=_SIZE_PX) + grain.astype(np.float32)
    return ImageBuffer(np.clip(np.rint(enlarged), 0, 255).astype(np.uint8))


BENCH = BenchSpec("inpaint", "A hole of 300 x 300 px in 12 megapixels", _run)
