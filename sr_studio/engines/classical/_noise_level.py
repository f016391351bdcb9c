"""Estimates how strong the noise of a picture is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

_STRIP_PX = 128


def estimate_noise_level(picture: NDArray[np.float32], context: JobContext) -> float:
    """Return the standard deviation of white Gaussian noise on the 0..255 scale.

    J. Immerkær, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64(2),
    1996, https://doi.org/10.1006/cviu.1996.0060: the mean of |picture * N| times
    sqrt(pi / 2) / 6, where N = [1 -2 1; -2 4 -2; 1 -2 1] is the difference of two Laplacians.
    Here averaged over channels too.

    Fine texture counts as noise: of five clean 256 px crops (F16 and four of BSD100) it makes 1.4
    to 3.4; of the same with noise of 15 it makes 15.2 to 15.6 (14.3 where clipped whites hide it).

    Args:
        picture: (H, W, C) in [0, 1]; below 3 px a side nothing can be told and 0 is returned.
        context: asked before every strip of rows.
    """
    height, width, channels = picture.shape
    if min(height, width) < 3:
        return 0.0
    total = 0.0
    for start in range(0, height - 2, _STRIP_PX):
        context.checkpoint()
        rows = picture[start : start + _STRIP_PX + 2].astype(np.float64)
        # N is separable: [1 -2 1] down, then across
        down = rows[:-2] - 2 * rows[1:-1] + rows[2:]
        total += float(np.abs(down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]).sum())
    mean = total / ((height - 2) * (width - 2) * channels)
    return float(255 * math.sqrt(math.pi / 2) / 6 * mean)
