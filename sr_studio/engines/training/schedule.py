"""How long and how fast a network learns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

_WARM_UP_SHARE = 0.05  # of a training by the clock


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long and how fast to learn.

    Attributes:
        steps: optimiser steps of the whole schedule; None: as many as the time allows, and the
            learning rate follows the clock.
        batch: pairs a step, on all devices together.
        patch_px: side of a crop of the network's input.
        optimiser: "adam" (betas 0.9 and 0.99) or "sgd" (momentum 0.9, as SRCNN and VDSR).
        learning_rate: at its peak, reached after `warm_up` steps.
        decay: of the learning rate: "cosine" to zero; "step" multiplies it by `decay_factor`
            after every `decay_every` of the whole, as VDSR and EDSR do; "constant".
        decay_every: share of the schedule.
        decay_factor: see `decay`.
        warm_up: steps of linear rise.
        weight_decay: of the optimiser.
        ema_decay: of the averaged weights that are validated and shipped.
        clipping: of the gradient: "norm" limits its norm to `gradient_clip`; "adjustable" each of
            its values to `gradient_clip` / learning rate, as VDSR (section 3.2) does for its high
            rates.
        gradient_clip: see `clipping`; 0 for none.
        seed: of the first weights, of crops, flips, rotations and degradations.
        validate_every: steps between two validations; by the clock there are ten in all.
        precision: of the convolutions; parameters, loss and updates stay in fp32. "auto" takes
            bf16 where the device has units for it.
    """

    steps: int | None = None
    batch: int = 16
    patch_px: int = 48
    optimiser: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    decay: Literal["cosine", "step", "constant"] = "cosine"
    decay_every: float = 0.25
    decay_factor: float = 0.1
    warm_up: int = 200
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    clipping: Literal["norm", "adjustable"] = "norm"
    gradient_clip: float = 1.0
    seed: int = 0
    validate_every: int = 1000
    precision: Literal["auto", "fp32", "bf16"] = "auto"

    def rate_at(self, step: int, progress: float) -> float:
        """Return the learning rate of this step, counted from 0, at this share of the whole."""
        rise = (step + 1) / max(1, self.warm_up)
        if self.steps is None:  # on a slow machine the time is over before many steps are done
            rise = max(rise, progress / _WARM_UP_SHARE)
        return self.learning_rate * min(1.0, rise) * self._decay_at(progress)

    def _decay_at(self, progress: float) -> float:
        if self.decay == "cosine":
            return 0.5 * (1 + math.cos(math.pi * progress))
        if self.decay == "step":
            return float(self.decay_factor ** math.floor(progress / self.decay_every + 1e-9))
        return 1.0
