"""What all kernels share: where their pixels lie, and that they sum to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pixel_centres(side_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x (1, side) to the right and y (side, 1) upwards, both 0 in the middle.

    Raises:
        ValueError: the side is not odd.
    """
    if side_px < 1 or side_px % 2 == 0:
        raise ValueError(f"want an odd side, not {side_px}")
    positions = np.arange(side_px, dtype=np.float64) - side_px // 2
    return positions[None, :], -positions[:, None]


def normalized(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights divided by their sum."""
    result: NDArray[np.float64] = weights / weights.sum()
    return result
