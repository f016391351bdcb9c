"""Turns `report` calls into fractions with an estimate of the time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sr_studio.jobs.control import CancelToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.jobs.preview_slot import PreviewSlot

_ETA_AFTER_S = 1.0  # earlier estimates jump about
_MIN_INTERVAL_S = 0.05  # twenty updates a second are more than an eye can use


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
        started_s: float | None = None,
        last_told: list[float] | None = None,
    ) -> None:
        self._token = token
        self._tell = tell
        self._previews = previews
        self._offset, self._length = span
        self._started_s = time.monotonic() if started_s is None else started_s
        self._last_told = [float("-inf")] if last_told is None else last_told

    @property
    def should_finish(self) -> bool:
        return self._token.should_finish

    def checkpoint(self) -> None:
        self._token.checkpoint()

    def report(self, done: float, total: float, note: str = "") -> None:
        share = min(max(done / total, 0.0), 1.0) if total > 0 else 1.0
        fraction = self._offset + self._length * share
        now_s = time.monotonic()
        if now_s - self._last_told[0] < _MIN_INTERVAL_S and fraction < 1.0:
            return
        self._last_told[0] = now_s
        elapsed_s = now_s - self._started_s
        known = elapsed_s >= _ETA_AFTER_S and fraction > 0.0
        self._tell(fraction, note, elapsed_s * (1 - fraction) / fraction if known else None)

    def part(self, offset: float, length: float) -> ReportingContext:
        return ReportingContext(
            self._token,
            self._tell,
            self._previews,
            span=(self._offset + self._length * offset, self._length * length),
            started_s=self._started_s,
            last_told=self._last_told,
        )

    def offer_preview(self, make: Callable[[], object]) -> None:
        if self._previews is not None and self._previews.wants_one():
            self._previews.put(make())


def silent_context() -> ReportingContext:
    """Return a JobContext nobody watches: for tests, benchmarks and calls from a script."""
    return ReportingContext(CancelToken(), lambda _fraction, _note, _eta_s: None)
