"""Progress: the time left is that of the work, not of what came before it."""

from __future__ import annotations

import pytest

from sr_studio.jobs import progress
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ConvertedPreviews, OnlyCancellable, ReportingContext


def test_loading_does_not_count_into_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s[0])
    told: list[tuple[float, float | None]] = []
    context = ReportingContext(CancelToken(), lambda share, _note, eta: told.append((share, eta)))
    context.report(0, 10)
    for step, seconds in ((1, 30.0), (2, 0.5), (3, 1.5), (6, 6.0), (10, 8.0)):
        now_s[0] += seconds
        context.part(0, 1).report(step, 10)
    assert [share for share, _ in told] == [0, 0.1, 0.2, 0.3, 0.6, 1]
    assert [eta for _, eta in told[:3]] == [None, None, None]
    assert [eta for _, eta in told[3:]] == pytest.approx([7.0, 6.4, 0.0])


def test_what_is_only_tried_out_reports_nothing() -> None:
    told: list[float] = []
    token = CancelToken()
    context = OnlyCancellable(
        ReportingContext(token, lambda share, _note, _eta_s: told.append(share))
    )
    context.report(1, 1)
    context.part(0, 0.5).report(1, 1)
    assert told == []
    token.cancel()
    with pytest.raises(JobCancelled):
        context.checkpoint()


def test_previews_are_converted_only_when_wanted() -> None:
    slot = PreviewSlot(lambda: None)
    context = ConvertedPreviews(
        ReportingContext(CancelToken(), lambda _share, _note, _eta_s: None, slot),
        lambda made: (made, 1),
    )
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 5

    context.offer_preview(make)
    context.part(0, 1).offer_preview(make)
    assert slot.take() == (5, 1)
    assert made == [1]
