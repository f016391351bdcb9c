"""Multinomial logistic regression on features, with the penalty that held-out examples choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

_PENALTIES = (
    1.0,
    0.1,
    0.01,
    0.001,
    0.0001,
)  # strongest first: each fit starts where the last has ended
_HELD_OUT = 3  # every third example of a kind chooses the penalty
_MOST_STEPS = 100
_FLAT = 1e-6  # of a feature's largest value: one that varies less tells nothing


@dataclass(frozen=True, slots=True, eq=False)
class LinearClassifier:
    """A linear function from features to kinds.

    Attributes:
        mean: (D,), taken from the features first.
        deviation: (D,), by which they are then divided.
        weights: (D + 1, K), the last row without a feature.
        penalty: that was chosen.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    weights: NDArray[np.float32]
    penalty: float

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the likeliest kind (N,) of features (N, D)."""
        logits = _design(features, self.mean, self.deviation) @ self.weights
        return np.asarray(np.argmax(logits, axis=1), np.intp)


def fit_classifier(
    features: NDArray[np.float32], kinds: NDArray[np.intp], count: int, context: JobContext
) -> LinearClassifier:
    """Minimise the mean cross-entropy and a penalty on the squared weights, by L-BFGS.

    Of each kind every third example is held out to choose the penalty; then all are fitted, in at
    most 100 steps.

    Args:
        features: (N, D) float32; each is brought to mean 0 and deviation 1.
        kinds: (N,), from 0 to `count` - 1.
        count: of kinds, K.
        context: asked to stop before each fit.

    Raises:
        ValueError: nothing is held out, because no kind has three examples.
    """
    held_out = _every_third(kinds, count)
    if not held_out.any():
        raise ValueError(f"{_HELD_OUT} examples or more of a kind are wanted")
    penalty = _choose_penalty(features, kinds, count, held_out, context)
    mean, deviation = _scales(features)
    context.checkpoint()
    start = np.zeros((features.shape[1] + 1, count), np.float32)
    weights = _fit(_design(features, mean, deviation), kinds, start, penalty)
    return LinearClassifier(mean, deviation, weights, penalty)


def _choose_penalty(
    features: NDArray[np.float32],
    kinds: NDArray[np.intp],
    count: int,
    held_out: NDArray[np.bool_],
    context: JobContext,
) -> float:
    """Return the one that gets most of those held out right; the strongest of equals."""
    mean, deviation = _scales(features[~held_out])
    seen, unseen = (_design(features[each], mean, deviation) for each in (~held_out, held_out))
    weights = np.zeros((features.shape[1] + 1, count), np.float32)
    best, most = _PENALTIES[0], -1
    for penalty in _PENALTIES:
        context.checkpoint()
        weights = _fit(seen, kinds[~held_out], weights, penalty)
        right = int(np.sum(np.argmax(unseen @ weights, axis=1) == kinds[held_out]))
        if right > most:
            best, most = penalty, right
    return best


def _fit(
    design: NDArray[np.float32], kinds: NDArray[np.intp], start: NDArray[np.float32], penalty: float
) -> NDArray[np.float32]:
    from scipy.optimize import minimize

    rows = np.arange(len(kinds))
    counted = np.ones_like(start)
    counted[-1] = 0  # what comes without a feature costs nothing

    def loss_and_slope(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(start.shape).astype(np.float32)
        logits = design @ weights
        logits -= logits.max(1, keepdims=True)
        shares = np.exp(logits)
        totals = shares.sum(1, keepdims=True)
        entropy = float(np.mean(np.log(totals[:, 0]) - logits[rows, kinds], dtype=np.float64))
        shares /= totals
        shares[rows, kinds] -= 1
        charged = weights * counted
        slope = design.T @ shares / np.float32(len(kinds)) + np.float32(penalty) * charged
        loss = entropy + penalty / 2 * float(np.square(charged, dtype=np.float64).sum())
        return loss, slope.astype(np.float64).ravel()

    found = minimize(
        loss_and_slope,
        start.astype(np.float64).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MOST_STEPS},
    )
    return np.asarray(found.x.reshape(start.shape), np.float32)


def _scales(features: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean (D,) and the deviation (D,) of each feature, infinite where it is flat."""
    mean = features.mean(0, dtype=np.float64)
    deviation = features.std(0, dtype=np.float64)
    deviation[deviation <= _FLAT * np.abs(features).max(0)] = np.inf
    return mean.astype(np.float32), deviation.astype(np.float32)


def _design(
    features: NDArray[np.float32], mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (N, D + 1): the features in their scales, and a column of ones."""
    scaled = (features - mean) / deviation
    return np.concatenate([scaled, np.ones((len(scaled), 1), np.float32)], axis=1)


def _every_third(kinds: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    chosen = np.zeros(len(kinds), bool)
    for kind in range(count):
        chosen[np.flatnonzero(kinds == kind)[_HELD_OUT - 1 :: _HELD_OUT]] = True
    return chosen
