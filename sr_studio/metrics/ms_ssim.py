"""Multi-scale structural similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.metrics.ssim import WINDOW_PX, structure_of

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import Pixels

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the paper, finest scale first
SMALLEST_SIDE_PX = WINDOW_PX * 2 ** (len(_WEIGHTS) - 1)


def ms_ssim(a: Pixels, b: Pixels, *, white: float) -> float:
    """Return the multi-scale structural similarity, 1.0 where both are equal.

    Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale structural similarity for image quality
    assessment", 2003, https://doi.org/10.1109/ACSSC.2003.1292216, eq. 7 with the published weights
    of five scales. Between two scales 2 x 2 px are averaged, an odd last row or column is left out.
    A negative mean of contrast and structure, which has no real power, counts as 0.

    Args:
        a: (H, W) or (H, W, C), any dtype; at each scale the mean over the channels is taken.
        b: the same shape.
        white: the peak: 255, 65535 or 1.0.

    Raises:
        ValueError: different shapes, or a side below 176 px.
    """
    if a.shape != b.shape or min(a.shape[:2]) < SMALLEST_SIDE_PX:
        raise ValueError(
            f"pictures of one size from {SMALLEST_SIDE_PX} x {SMALLEST_SIDE_PX} px are wanted, "
            f"not {a.shape} and {b.shape}"
        )
    result = 1.0
    for level, weight in enumerate(_WEIGHTS):
        if level > 0:
            a, b = _halve(a), _halve(b)
        structure = structure_of(a, b, white=white)
        is_coarsest = level == len(_WEIGHTS) - 1
        factor = structure.similarity if is_coarsest else structure.contrast
        result *= max(factor, 0.0) ** weight
    return result


def _halve(values: Pixels) -> Pixels:
    height, width = (side // 2 * 2 for side in values.shape[:2])
    even = values[:height, :width]
    rows = np.add(even[::2], even[1::2], dtype=np.float32)
    result: Pixels = (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)
    return result
