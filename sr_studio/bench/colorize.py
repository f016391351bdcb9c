"""How soon the colours follow a hint, and how long the full picture takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.colour_map import colour_picture
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float
from sr_studio.imaging.lab import gray_of, lab_to_rgb, lightness_of
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.progress import OnlyCancellable
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._colorize_pictures import ColorizeSettings, FindColoursRequest
from sr_studio.tasks._colorizers import Colorizers

if TYPE_CHECKING:
    from sr_studio.imaging.colour_map import ColourMap
    from sr_studio.jobs.control import JobContext

_SIZE_PX = 4000, 3000
_WANTED_S = 0.5
_MOVES = 8


def _run(context: JobContext) -> tuple[Measurement, ...]:
    picture, colorizers = _picture(), Colorizers()
    measured = []
    colours: ColourMap | None = None
    for method in ("network", "levin"):
        settings = ColorizeSettings(method=method)
        seconds = []
        for move in range(_MOVES + 1):
            context.checkpoint()
            hints = tuple(
                Hint(((300.0 + 370 * n, 1500.0 + (40 * move if n == 4 else 0)),), 30.0, (20.0, 5.0))
                for n in range(10)
            )
            request = FindColoursRequest(picture, hints, settings, None, colorizers)
            started_s = time.perf_counter()
            colours = request.run(OnlyCancellable(context)).colours
            seconds.append(time.perf_counter() - started_s)
        for name, value in (("first", seconds[0]), ("moved hint", float(np.median(seconds[1:])))):
            words = f"{method}, {name}"
            measured.append(
                Measurement(words, value, "s", _WANTED_S, _WANTED_S / value, "what is wanted")
            )
    if colours is None:
        raise ValueError("no method was measured")
    started_s = time.perf_counter()
    colour_picture(picture, colours, lambda _share: context.checkpoint())
    ours_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    _colour_plainly(picture, colours)
    plain_s = time.perf_counter() - started_s
    measured.append(
        Measurement("12 megapixels", ours_s, "s", plain_s, plain_s / ours_s, "resized ab in Lab")
    )
    return tuple(measured)


def _picture() -> ImageBuffer:
    """Return a sample photo enlarged, gray."""
    photo = decode_image(resource_folder() / "samples" / "astronaut.png").pixels
    gray = gray_of(to_float(imresize(photo, size=_SIZE_PX)))
    return ImageBuffer(from_float(gray, np.uint8)[..., None])


def _colour_plainly(image: ImageBuffer, colours: ColourMap) -> None:
    """As programs do it: ab enlarged, joined with L, converted by scikit-image and clipped."""
    lightness = lightness_of(to_float(image.pixels)[..., 0])
    ab = imresize(colours.offsets, size=_SIZE_PX, kernel="bilinear")
    from_float(lab_to_rgb(np.concatenate([lightness[..., None], ab], -1)), np.uint8)


BENCH = BenchSpec("colorize", "Colours of 12 megapixels, found and put", _run)
