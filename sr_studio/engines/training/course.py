"""How far a training is, and when to measure and to save."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sr_studio.engines.training.schedule import TrainingSchedule

_VALIDATIONS = 10  # of a training by the clock
_SAVE_EVERY_S = 300.0  # what a power cut may cost


class Course:
    """By the steps of the schedule, or by the clock where it counts none."""

    def __init__(self, schedule: TrainingSchedule, seconds: float) -> None:
        self._schedule = schedule
        self._seconds = seconds
        self._start_s = self._saved_s = time.monotonic()
        self._validations = 0

    def progress(self, step: int) -> float:
        """Return 0 at the start, 1 at the end of the schedule."""
        if self._schedule.steps is not None:
            return min(1.0, step / self._schedule.steps) if self._schedule.steps else 1.0
        share = (time.monotonic() - self._start_s) / max(self._seconds, 1e-9)
        return min(1.0, share)

    def is_over(self, step: int) -> bool:
        """Whether the time is up or the schedule complete."""
        return time.monotonic() - self._start_s > self._seconds or self.progress(step) >= 1.0

    def is_validation_due(self, step: int) -> bool:
        """Whether the weights should be measured after this many steps; asked once a step."""
        if self._schedule.steps is not None:
            return step % self._schedule.validate_every == 0
        before = self._validations
        self._validations = int(self.progress(step) * _VALIDATIONS)
        return self._validations > before

    def is_save_due(self) -> bool:
        """Whether the last save is long ago; tell `saved` when it is done."""
        return time.monotonic() - self._saved_s > _SAVE_EVERY_S

    def stood_still(self, seconds: float) -> None:
        """Say that the training was paused so long: that takes nothing of its time."""
        self._start_s += seconds

    def saved(self) -> None:
        self._saved_s = time.monotonic()

    def spent_s(self) -> float:
        """Return the seconds of this run, above 0."""
        return max(1e-9, time.monotonic() - self._start_s)

    def left_s(self, step: int, first: int) -> float | None:
        """Return the seconds to the end; None in the first moments.

        Args:
            step: done so far.
            first: done before this run.
        """
        spent_s = self.spent_s()
        budget_s = self._seconds - spent_s
        if self._schedule.steps is None:
            return max(0.0, budget_s)
        if step == first:
            return None
        return max(0.0, min(budget_s, (self._schedule.steps - step) * spent_s / (step - first)))
