"""Previews cost a fit next to nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import torch

from sr_studio.engines.prior import preview_pace
from sr_studio.engines.prior.preview_pace import PreviewPace
from sr_studio.jobs.control import CancelToken
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ConvertedPreviews, ReportingContext

if TYPE_CHECKING:
    from collections.abc import Callable


class _Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(preview_pace, "time", self)

    def monotonic(self) -> float:
        return self.now_s


def _context(convert: Callable[[object], object]) -> ConvertedPreviews:
    slot = PreviewSlot(lambda: slot.take(), min_interval_s=0.0)  # a viewer that takes it at once
    return ConvertedPreviews(ReportingContext(CancelToken(), lambda *_: None, slot), convert)


@pytest.mark.parametrize(("device", "expected"), [("cpu", 4), ("meta", 40)])
def test_previews_are_seldom_on_the_processor_only(
    monkeypatch: pytest.MonkeyPatch, device: str, expected: int
) -> None:
    clock, made = _Clock(monkeypatch), list[float]()
    pace = PreviewPace(_context(lambda preview: preview), torch.device(device))
    for _ in range(40):
        pace.offer(lambda: made.append(clock.now_s))
        clock.now_s += 0.1
    assert len(made) in (expected, expected + 1)


def test_pauses_grow_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, made = _Clock(monkeypatch), list[float]()
    pace = PreviewPace(_context(lambda preview: preview), torch.device("cpu"))
    while clock.now_s < 1300:
        pace.offer(lambda: made.append(clock.now_s))
        clock.now_s += 0.25
    assert made[1] - made[0] == pytest.approx(1.0)
    assert made[-1] - made[-2] == pytest.approx(5.0)


def _shown_s(monkeypatch: pytest.MonkeyPatch, cost_s: float) -> list[float]:
    """Return when previews that take so long were made, over 20 minutes."""
    clock, seen = _Clock(monkeypatch), list[float]()

    def convert(preview: object) -> object:
        clock.now_s += cost_s
        return preview

    pace = PreviewPace(_context(convert), torch.device("cpu"))
    while clock.now_s < 1200:
        pace.offer(lambda: seen.append(clock.now_s))
        clock.now_s += 1
    return seen


def test_conversion_counts_as_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _shown_s(monkeypatch, 0.1)
    assert 0.1 * len(seen) <= 0.01 * 1200
    assert len(seen) > 3


def test_what_takes_long_to_show_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _shown_s(monkeypatch, 2.0)
    assert seen[1] - seen[0] == pytest.approx(30, abs=3)


def test_what_nobody_wants_is_not_waited_for() -> None:
    slot = PreviewSlot(lambda: None)
    slot.put("not taken")
    context = ReportingContext(CancelToken(), lambda *_: None, slot)
    pace = PreviewPace(context, torch.device("cpu"))
    pace.offer(lambda: "refused")
    slot.take()
    time.sleep(0.11)
    pace.offer(lambda: "taken")
    assert slot.take() == "taken"
