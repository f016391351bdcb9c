from __future__ import annotations

import pytest

from sr_studio.engines.training.schedule import TrainingSchedule


def test_step_decay_divides_by_ten_after_each_quarter() -> None:
    schedule = TrainingSchedule(steps=100, warm_up=0, decay="step", learning_rate=0.1)
    rates = [schedule.rate_at(step, step / 100) for step in (0, 24, 25, 50, 99)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001, 0.0001])


def test_a_constant_rate_stays_after_the_rise() -> None:
    schedule = TrainingSchedule(steps=100, warm_up=10, decay="constant", learning_rate=1.0)
    assert schedule.rate_at(4, 0.04) == pytest.approx(0.5)
    assert schedule.rate_at(99, 0.99) == 1.0
