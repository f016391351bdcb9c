"""How long and how fast a network learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args, get_origin, get_type_hints

_WARM_UP_SHARE = 0.05  # of a training by the clock
_LEAST = {"batch": 1, "patch_px": 1, "validate_every": 1}  # of the others it is 0


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
        jitter_px: restored and truth are shifted alike by a chance of 0 to this many pixels, less
            one, before they are compared: what compares in strides, such as a classifier's features
            or a discriminator, else overlooks a grid that lies between its strides; 0 for none.
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
    jitter_px: int = 0
    ema_decay: float = 0.999
    clipping: Literal["norm", "adjustable"] = "norm"
    gradient_clip: float = 1.0
    seed: int = 0
    validate_every: int = 1000
    precision: Literal["auto", "fp32", "bf16"] = "auto"

    def __post_init__(self) -> None:
        """Raise ValueError or TypeError where a value cannot be followed."""
        kinds = get_type_hints(TrainingSchedule)
        for field in fields(self):
            value, kind = getattr(self, field.name), kinds[field.name]
            if get_origin(kind) is Literal:
                if value not in get_args(kind):
                    words = ", ".join(get_args(kind))
                    raise ValueError(f"{field.name} is one of {words}, not {value!r}")
                continue
            is_whole = kind is not float
            numbers = (int,) if is_whole else (int, float)
            least = _LEAST.get(field.name, 0)
            if field.name == "steps" and value is None:
                continue
            if type(value) not in numbers:  # True is an int, too
                wanted = "a whole number" if is_whole else "a number"
                raise TypeError(f"{field.name} is {wanted}, not {value!r}")
            if not least <= value < math.inf:
                raise ValueError(f"{field.name} is at least {least}, not {value!r}")
        if self.decay_every <= 0:
            raise ValueError(f"decay_every is above 0, not {self.decay_every!r}")

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
