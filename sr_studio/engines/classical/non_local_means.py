"""PLACEHOLDER"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.classical._noise_level import estimate_noise_level
from sr_studio.engines.classical._spec import ClassicalFilter, check_arguments
from sr_studio.engines.classical._tiles import filter_in_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

_PATCH_PX = 5
_SEARCH_PX = 6
_STRENGTH = 0.55
_TILE_PX = 192
_MARGIN_PX = 2 * (_SEARCH_PX + _PATCH_PX)


def _denoise(
    picture: NDArray[np.float32],
    *,
    sigma: float | None = None,
    missing: NDArray[np.bool_] | None = None,
    scale: int = 1,
    context: JobContext,
) -> NDArray[np.float32]:
    check_arguments("denoise", picture, sigma=sigma, missing=missing, scale=scale)
    sigma = estimate_noise_level(picture, context) if sigma is None else sigma
    if sigma == 0:
        context.report(1, 1)
        return picture.copy()
    return filter_in_tiles(
        picture,
        partial(_denoise_tile, deviation=sigma / 255),
        tile_px=_TILE_PX,
        margin_px=_MARGIN_PX,
        context=context,
    )


def _denoise_tile(tile: NDArray[np.float32], *, deviation: float) -> NDArray[np.float32]:
    from skimage.restoration import denoise_nl_means  # half a second that the window saves

    denoised: NDArray[np.float64] = denoise_nl_means(
        tile.astype(np.float64),  # sums over a float32 tile lose the last three digits
        patch_size=_PATCH_PX,
        patch_distance=_SEARCH_PX,
        h=_STRENGTH * deviation,
        sigma=deviation,
        fast_mode=True,
        preserve_range=True,
        channel_axis=-1,
    )
    return denoised.astype(np.float32).reshape(tile.shape)  # sides of one pixel were dropped


FILTER = ClassicalFilter(
    id="nlm",
    title="Non-local means",
    paper="A. Buades, B. Coll, J.-M. Morel, A Non-Local Algorithm for Image Denoising, 2005,"
    " https://doi.org/10.1109/CVPR.2005.38",
    tasks=frozenset({"denoise"}),
    run=_denoise,
)
