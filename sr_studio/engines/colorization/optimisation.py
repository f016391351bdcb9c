"""Spreads colour hints over a picture, without any training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.colorization.grid_solver import NEIGHBOURS, GridSolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_SPREAD = 0.6  # of the variance, in the authors' program; 2 sigma^2 of the paper
_LEAST_LIKENESS = 0.01  # of the most similar neighbour, before the weights are brought to a sum
_LEAST_SPREAD = 0.000002  # for flat surroundings
_MIDDLE = len(NEIGHBOURS) // 2


class HintSpreader:
    """Colours pixels like those neighbours whose lightness is similar.

    Anat Levin, Dani Lischinski, Yair Weiss: "Colorization using Optimization", SIGGRAPH 2004,
    https://doi.org/10.1145/1186562.1015780. The colour of a pixel r without a hint is the mean of
    its neighbours' s in the window of 3 x 3 pixels, with weights proportional to
    exp(-(Y(r) - Y(s))^2 / (2 sigma^2)) (equation 2). As in the authors' program (getColorExact.m),

    - 2 sigma^2 is 0.6 times the variance of Y in the window, but at least 2e-6, and so much that
      the most similar neighbour has 0.01 before the weights are brought to a sum of 1;
    - these means are set exactly, where equation 1 makes their squared residuals small, also at the
      hints: each pixel without a hint has one linear equation.

    Deviations: Y is the L of CIE Lab, and a, b are spread, instead of Y, U, V of NTSC.

    The first answer for a picture costs the most; later ones only what has changed. Their
    equations are solved directly, so that nothing is gained by a first guess. Made for pictures of
    working size: see GridSolver.

    Args:
        lightness: (H, W), L in [0, 100].
    """

    def __init__(self, lightness: NDArray[np.float32]) -> None:
        self._weights = _weigh_neighbours(lightness.astype(np.float64) / 100)
        self._solver = GridSolver(*lightness.shape)

    def spread(
        self,
        hints: NDArray[np.float32],
        *,
        pull: float = 0.0,
        checkpoint: Callable[[], None] | None = None,
    ) -> NDArray[np.float32]:
        """Return a and b of every pixel, (H, W, 2); those of the hints are kept, none makes zeros.

        Args:
            hints: (H, W, 3): a, b where they are known, 0 elsewhere; and 1 where they are, else 0.
            pull: how much every other pixel is drawn to 0, as if it had a neighbour of that weight
                without colour (the others' sum is 1). A hint then reaches its surroundings only:
                where all is alike, its colour falls by a factor of e each 0.6 / sqrt(pull) pixels
                (from 0.001, 19 px) or faster. For differences from colours that are there already.
            checkpoint: called many times; what it raises ends the work.
        """
        known = hints[..., 2] > 0
        if not known.any():
            return np.zeros((*known.shape, 2), np.float32)
        coefficients = np.where(known, 0.0, -self._weights)
        coefficients[_MIDDLE] = np.where(known, 1.0, 1.0 + pull)
        right = np.where(known[..., None], hints[..., :2], 0.0).astype(np.float64)
        return self._solver.solve(coefficients, right, checkpoint).astype(np.float32)


def _weigh_neighbours(luminance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of each pixel's NEIGHBOURS, (9, H, W), 0 for itself and for none."""
    height, width = luminance.shape
    padded = np.pad(luminance, 1)
    inside = np.pad(np.ones_like(luminance, np.bool_), 1)
    windows = [np.s_[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in NEIGHBOURS]
    is_there = np.stack([inside[window] for window in windows])
    differences = np.stack([padded[window] for window in windows]) - luminance
    variance = differences.var(0, where=is_there)
    is_there[_MIDDLE] = False
    squares = differences**2
    nearest = squares.min(0, where=is_there, initial=1.0)  # at most, as L is in [0, 1]
    spread = np.maximum(_SPREAD * variance, nearest / -np.log(_LEAST_LIKENESS))
    likeness = np.exp(-squares / np.maximum(spread, _LEAST_SPREAD)) * is_there
    total = likeness.sum(0)
    return np.asarray(likeness / np.where(total > 0, total, 1))  # one pixel has no neighbours
