"""Which colours a network thinks likely at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RADIUS = 18.0  # units of a and b that one colour of the palette stands for
_LEAST_SHARE = 0.01


class LikelyColour(NamedTuple):
    """A colour and how likely it and those like it are.

    Attributes:
        ab: units of a and b.
        share: from 0 to 1.
    """

    ab: tuple[float, float]
    share: float


def likely_colours(
    shares: NDArray[np.float32], bins: NDArray[np.float32], most: int = 8
) -> tuple[LikelyColour, ...]:
    """Cluster a distribution: around its peaks, the most likely first.

    As in section 3.2 of Zhang et al., SIGGRAPH 2017, the user is shown the network's own
    suggestions; instead of k-means, peaks take the bins within 18 units of them in turn, so that
    the same place always has the same palette.

    Args:
        shares: (Q,), sums to 1.
        bins: (Q, 2).
        most: colours at most.
    """
    left = np.array(shares, np.float64)
    colours: list[LikelyColour] = []
    while len(colours) < most and left.max() > 0:
        peak = bins[int(left.argmax())]
        near = np.square(bins - peak).sum(1) <= _RADIUS**2
        share = float(left[near].sum())
        a, b = (left[near, None] * bins[near]).sum(0) / share
        if share >= _LEAST_SHARE:
            colours.append(LikelyColour((float(a), float(b)), share))
        left[near] = 0
    return tuple(sorted(colours, key=lambda colour: -colour.share))
