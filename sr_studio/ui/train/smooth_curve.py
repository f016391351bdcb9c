"""Smooths a curve that is still growing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MEMORY = 0.9  # of what came before, from one point to the next


def smooth_curve(values: NDArray[np.float32], memory: float = _MEMORY) -> NDArray[np.float64]:
    """Return the exponential mean up to each point, without the bias of its start.

    Points already drawn stay where they are when others follow, as those of a window around each
    point would not. The division is that of Kingma and Ba, "Adam" (ICLR 2015), section 3.

    Args:
        values: (N,), finite.
        memory: from 0, no smoothing, to below 1.
    """
    smooth = np.empty(len(values), np.float64)
    mean, weight = 0.0, 0.0
    for index, value in enumerate(values.tolist()):
        mean = memory * mean + (1 - memory) * value
        weight = memory * weight + (1 - memory)
        smooth[index] = mean / weight
    return smooth
