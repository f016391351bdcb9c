"""Turns `report` calls into fractions with an estimate of the time left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from sr_studio.jobs.control import CancelToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.jobs.control import JobContext
    from sr_studio.jobs.preview_slot import PreviewSlot

_ETA_AFTER_S = 1.0  # earlier estimates jump about
_ETA_AFTER_SHARE = 0.01  # of the work: less says nothing of its pace
_MIN_INTERVAL_S = 0.05  # twenty updates a second are more than an eye can use


@dataclass(slots=True)
class _Pace:
    """How fast a job goes, from its first step on: what comes before is mostly loading.

    Attributes:
        told_s: when a report was passed on last.
        first: (time, fraction) of the first report that was not 0.
    """

    told_s: float = float("-inf")
    first: tuple[float, float] | None = None

    def time_left_s(self, fraction: float, now_s: float) -> float | None:
        """Return the estimate; None before the pace is known."""
        if fraction <= 0.0:
            return None
        if self.first is None:
            self.first = now_s, fraction
        elapsed_s, share = now_s - self.first[0], fraction - self.first[1]
        if elapsed_s < _ETA_AFTER_S or share < _ETA_AFTER_SHARE:
            return None
        return elapsed_s * (1 - fraction) / share


class ReportingContext:
    """The JobContext of a running job: one span of [0, 1] and where its reports go.

    Args:
        token: the job's switches.
        tell: receives (fraction, note, eta_s) in the job's thread.
        previews: the job's slot; None where nobody watches.
    """

    def __init__(
        self,
        token: CancelToken,
        tell: Callable[[float, str, float | None], None],
        previews: PreviewSlot | None = None,
        *,
        span: tuple[float, float] = (0.0, 1.0),
        pace: _Pace | None = None,
    ) -> None:
        self._token = token
        self._tell = tell
        self._previews = previews
        self._offset, self._length = span
        self._pace = _Pace() if pace is None else pace

    @property
    def should_finish(self) -> bool:
        return self._token.should_finish

    def checkpoint(self) -> None:
        self._token.checkpoint()

    def report(self, done: float, total: float, note: str = "") -> None:
        share = min(max(done / total, 0.0), 1.0) if total > 0 else 1.0
        fraction = self._offset + self._length * share
        now_s = time.monotonic()
        if now_s - self._pace.told_s < _MIN_INTERVAL_S and fraction < 1.0:
            return
        self._pace.told_s = now_s
        self._tell(fraction, note, self._pace.time_left_s(fraction, now_s))

    def part(self, offset: float, length: float) -> ReportingContext:
        return ReportingContext(
            self._token,
            self._tell,
            self._previews,
            span=(self._offset + self._length * offset, self._length * length),
            pace=self._pace,
        )

    def offer_preview(self, make: Callable[[], object]) -> None:
        if self._previews is not None and self._previews.wants_one():
            self._previews.put(make())


class _SameJob:
    """Passes on what a job says and is told; what differs is in the classes below.

    Args:
        context: of the job.
    """

    def __init__(self, context: JobContext) -> None:
        self._context = context

    @property
    def should_finish(self) -> bool:
        return self._context.should_finish

    def checkpoint(self) -> None:
        self._context.checkpoint()

    def report(self, done: float, total: float, note: str = "") -> None:
        self._context.report(done, total, note)


class WithoutPreviews(_SameJob):
    """The same job, whose previews would not fit what the viewer shows."""

    def part(self, offset: float, length: float) -> WithoutPreviews:
        return WithoutPreviews(self._context.part(offset, length))

    def offer_preview(self, make: Callable[[], object]) -> None:
        """Show nothing."""


class ConvertedPreviews(_SameJob):
    """The same job, whose previews are shown in another form.

    Args:
        context: of the job.
        convert: a preview -> what is shown.
    """

    def __init__(self, context: JobContext, convert: Callable[[object], object]) -> None:
        super().__init__(context)
        self._convert = convert

    def part(self, offset: float, length: float) -> ConvertedPreviews:
        return ConvertedPreviews(self._context.part(offset, length), self._convert)

    def offer_preview(self, make: Callable[[], object]) -> None:
        self._context.offer_preview(lambda: self._convert(make()))


class OnlyCancellable(_SameJob):
    """The same job while it tries something out, which is no progress and nothing to be seen."""

    @property
    @override
    def should_finish(self) -> bool:
        return False

    @override
    def report(self, done: float, total: float, note: str = "") -> None:
        """Say nothing."""

    def part(self, offset: float, length: float) -> OnlyCancellable:
        """Return itself: nothing is reported."""
        del offset, length
        return self

    def offer_preview(self, make: Callable[[], object]) -> None:
        """Show nothing."""


def silent_context() -> ReportingContext:
    """Return a JobContext nobody watches: for tests, benchmarks and calls from a script."""
    return ReportingContext(CancelToken(), lambda _fraction, _note, _eta_s: None)
