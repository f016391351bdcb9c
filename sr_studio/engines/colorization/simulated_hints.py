"""Hints as a user might give them, drawn from a picture whose colours are known.

Richard Zhang et al.: "Real-Time User-Guided Image Colorization with Learned Deep Priors",
SIGGRAPH 2017, https://arxiv.org/abs/1705.02999, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MEAN_COUNT = 8  # of the geometric distribution
_SPREAD = 0.25  # of the Gaussian places, in sides of the picture
_LARGEST_PX = 9
_MOST = 500


@dataclass(frozen=True, slots=True)
class HintChances:
    """How many hints a training picture gets.

    Attributes:
        none: share of pictures without any; the paper's geometric distribution gives 1 in 8.
        many: share with up to 500, evenly over the picture and evenly in the logarithm of their
            number, so that more hints never make it worse; the paper shows 1 in 100 the truth.
    """

    none: float = 0.2
    many: float = 0.15


def simulate_hints(
    ab: NDArray[np.float32], random: np.random.Generator, chances: HintChances
) -> NDArray[np.float32]:
    """Return (H, W, 3): a, b where they are known, 0 elsewhere; and 1 where they are, else 0.

    Squares of 1 to 9 pixels, around the middle of the picture, each show the mean of its colours.

    Args:
        ab: (H, W, 2), units of a and b.
        random: the only source of chance.
        chances: see there.
    """
    height, width = ab.shape[:2]
    kind = random.random()
    if kind < chances.none:
        return np.zeros((height, width, 3), np.float32)
    if kind < chances.none + chances.many:
        count = round(float(np.exp(random.uniform(0.0, np.log(_MOST)))))
        places = random.random((count, 2))
    else:
        count = int(random.geometric(1 / _MEAN_COUNT)) - 1
        places = random.normal(0.5, _SPREAD, (count, 2))
    return show_hints(ab, places, random.integers(1, _LARGEST_PX + 1, count))


def show_hints(
    ab: NDArray[np.float32], places: NDArray[np.float64], sides_px: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the planes of `simulate_hints` for squares of these sides at these places.

    Args:
        ab: (H, W, 2).
        places: (N, 2), of the middles, y and x in shares of the sides; others than 0 to 1 are
            brought to the border.
        sides_px: (N,).
    """
    height, width = ab.shape[:2]
    planes = np.zeros((height, width, 3), np.float32)
    for (y, x), side in zip(places, sides_px, strict=True):
        top = int(np.clip(y * height - side / 2, 0, max(0, height - side)))
        left = int(np.clip(x * width - side / 2, 0, max(0, width - side)))
        square = slice(top, top + side), slice(left, left + side)
        planes[square][..., :2] = ab[square].mean((0, 1))
        planes[square][..., 2] = 1
    return planes
