"""Bicubic enlargement: what every network is measured against.

R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", IEEE Transactions on
Acoustics, Speech, and Signal Processing 29(6), 1981, https://doi.org/10.1109/TASSP.1981.1163711.
The result is that of MATLAB's `imresize`, bit for bit that of `sr_studio.imaging.resize.imresize`:
it is asked for in tiles, which share no rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.classical._spec import ClassicalFilter, check_arguments
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

_TILE_PX = 512  # of the result: some tens of milliseconds


def _enlarge(
    picture: NDArray[np.float32],
    *,
    sigma: float | None = None,
    missing: NDArray[np.bool_] | None = None,
    scale: int = 1,
    context: JobContext,
) -> NDArray[np.float32]:
    check_arguments("enlarge", picture, sigma=sigma, missing=missing, scale=scale)
    height, width, channels = picture.shape
    whole = Region(0, 0, width * scale, height * scale)
    tiles = list(whole.tiles(_TILE_PX))
    result = np.empty((whole.height, whole.width, channels), np.float32)
    for done, tile in enumerate(tiles):
        context.checkpoint()
        context.report(done, len(tiles))
        result[tile.slices] = resize_region(picture, (whole.width, whole.height), tile)
    context.report(len(tiles), len(tiles))
    return result


FILTER = ClassicalFilter(
    id="bicubic",
    title="Bicubic",
    paper="R. Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981,"
    " https://doi.org/10.1109/TASSP.1981.1163711",
    tasks=frozenset({"enlarge"}),
    run=_enlarge,
)
