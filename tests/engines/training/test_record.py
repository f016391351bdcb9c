from __future__ import annotations

import pytest

from sr_studio.engines.training.record import LossHistory


def test_a_long_history_keeps_its_mean_and_stays_short() -> None:
    history = LossHistory()
    for step in range(1, 5001):
        history.add(step, float(step))
    points = history.points()
    assert 400 < len(points) < 1000
    assert points[:, 1].mean() == pytest.approx(points[-1, 0] / 2, rel=0.01)
    assert (points[1:, 0] > points[:-1, 0]).all()
    with pytest.raises(ValueError, match="read-only"):
        points[0, 0] = 1


def test_a_restored_history_goes_on_as_if_nothing_had_happened() -> None:
    whole, first = LossHistory(), LossHistory()
    for step in range(1, 3001):
        whole.add(step, step**0.5)
        if step == 1501:
            first = LossHistory(first.state())
        first.add(step, step**0.5)
    assert (whole.points() == first.points()).all()
