from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from sr_studio.ui.canvas import stroke_latency


def test_every_event_of_a_stroke_is_timed_until_it_is_painted(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stroke_latency, "_PICTURE_PX", (900, 700))
    monkeypatch.setattr(stroke_latency, "_CASES", ((60, 1.0),))
    monkeypatch.setattr(stroke_latency, "_MOVES", 20)
    monkeypatch.setattr(stroke_latency, "_PLAIN_MOVES", 2)
    (found,) = stroke_latency.measure()
    assert found.name == "brush of 60 px at 100.0%"
    assert 0 < found.median_ms <= found.slow_ms
    assert found.plain_ms > 0
