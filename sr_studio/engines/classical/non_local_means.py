"""Non-local means: each pixel becomes the mean of those whose surroundings look like its own.

A. Buades, B. Coll, J.-M. Morel, "A Non-Local Algorithm for Image Denoising", CVPR 2005,
https://doi.org/10.1109/CVPR.2005.38; in the fast form of J. Darbon et al., "Fast Nonlocal Filtering
Applied to Electron Cryomicroscopy", ISBI 2008, https://doi.org/10.1109/ISBI.2008.4541250, as
scikit-image's `denoise_nl_means` does it. Deviations, both its own: all pixels of a patch count
alike, and twice the variance of the noise is taken off each distance.

Patches of 5 x 5 in a window of 13 x 13, filtering parameter h = 0.55 sigma, tuned on five 256 px
crops (F16 and four of BSD100) at sigma 15, 25 and 50; a window of 23 x 23 is three times slower and
no better. Their mean PSNR with it, RGB, noise not clipped:

    sigma   noisy   restored   sigma estimated
    15      24.70      31.73             31.73
    25      20.36      29.63             29.61
    50      14.78      26.67             26.67

Tiles differ from the whole picture by rounding only, some 1e-8: sums run from a tile's corner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.classical._spec import ClassicalFilter, check_arguments
from sr_studio.engines.classical._tiles import denoise_in_tiles

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
    return denoise_in_tiles(
        picture,
        _denoise_tile,
        sigma,
        tile_px=_TILE_PX,
        margin_px=_MARGIN_PX,
        context=context,
    )


def _denoise_tile(tile: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    from skimage.restoration import denoise_nl_means  # half a second that the window saves

    deviation = sigma / 255
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
