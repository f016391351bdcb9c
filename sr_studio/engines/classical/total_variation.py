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

_STEPS = 40
_TILE_PX = 320


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
        partial(_denoise_tile, weight=min(0.65 + 0.005 * sigma, 1.0) * sigma / 255),
        tile_px=_TILE_PX,
        margin_px=_STEPS,  # a step carries values by one pixel: no further can a tile look
        context=context,
    )


def _denoise_tile(tile: NDArray[np.float32], *, weight: float) -> NDArray[np.float32]:
    from skimage.restoration import denoise_tv_chambolle  # half a second that the window saves

    # eps = 0: every tile takes the same number of steps, whatever is in it
    denoised: NDArray[np.float32] = denoise_tv_chambolle(
        tile, weight=weight, eps=0.0, max_num_iter=_STEPS, channel_axis=-1
    )
    return denoised


FILTER = ClassicalFilter(
    id="tv",
    title="Total variation",
    paper="L. Rudin, S. Osher, E. Fatemi, Nonlinear Total Variation Based Noise Removal"
    " Algorithms, 1992, https://doi.org/10.1016/0167-2789(92)90242-F",
    tasks=frozenset({"denoise"}),
    run=_denoise,
)
