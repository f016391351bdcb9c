from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from sr_studio.engines.colorization.palette import LikelyColour
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.ui.colorize.colour_controls import ColourControls, paint_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from sr_studio.ui.colorize.swatches import Swatches

LIKELY = (LikelyColour((20.0, 30.0), 0.61), LikelyColour((-30.0, 5.0), 0.12))
Told = list[tuple[float, float] | str]


@pytest.fixture
def controls(qtbot: QtBot) -> ColourControls:
    controls = ColourControls()
    qtbot.addWidget(controls)
    controls.show()
    return controls


def listen(controls: ColourControls) -> Told:
    told: Told = []
    controls.chosen.connect(lambda a, b: told.append((a, b)))
    controls.settled.connect(lambda: told.append("settled"))
    return told


def words(swatches: Swatches) -> list[str]:
    return [button.toolTip() for button in swatches.buttons]


def test_without_a_hint_it_says_how_to_put_one(controls: ColourControls) -> None:
    (said,) = (
        label.text() for label in controls.findChildren(QLabel) if label.isVisibleTo(controls)
    )
    assert "Click into the picture" in said
    assert not controls.plane.isVisibleTo(controls)
    controls.show_hint((1.0, 2.0), 50.0, ())
    assert controls.plane.isVisibleTo(controls)
    assert said not in [
        label.text() for label in controls.findChildren(QLabel) if label.isVisibleTo(controls)
    ]
    controls.show_hint(None, 60.0, ())
    assert not controls.plane.isVisibleTo(controls)


def test_what_is_likely_can_be_chosen(controls: ColourControls) -> None:
    controls.show_hint((1.0, 2.0), 50.0, LIKELY)
    assert words(controls.likely) == ["61 % likely", "12 % likely"]
    assert controls.likely.buttons[0].colour == paint_of((20.0, 30.0), 50.0)
    told = listen(controls)
    QTest.mouseClick(controls.likely.buttons[1], Qt.MouseButton.LeftButton)
    assert told == [(-30.0, 5.0), "settled"]
    controls.show_hint((1.0, 2.0), 50.0, ())
    assert words(controls.likely) == []


def test_the_newest_of_eight_recent_colours_comes_first(controls: ColourControls) -> None:
    controls.show_hint((1.0, 2.0), 50.0, ())
    for step in range(10):
        controls.remember((10.0 * step, 0.0))
    assert words(controls.recent) == [f"a {10 * step}, b 0" for step in range(9, 1, -1)]
    controls.remember((51.0, 1.0))  # nearly one of them
    assert words(controls.recent)[:2] == ["a 51, b 1", "a 90, b 0"]
    assert len(controls.recent.buttons) == 8
    assert "a 50, b 0" not in words(controls.recent)
    told = listen(controls)
    QTest.mouseClick(controls.recent.buttons[1], Qt.MouseButton.LeftButton)
    assert told == [(90.0, 0.0), "settled"]


def test_recent_colours_stay_for_the_next_hint_on_its_lightness(controls: ColourControls) -> None:
    controls.show_hint((1.0, 2.0), 40.0, ())
    controls.remember((30.0, 0.0))
    controls.show_hint(None, 60.0, ())
    controls.show_hint((5.0, 5.0), 70.0, ())
    assert controls.recent.buttons[0].colour == paint_of((30.0, 0.0), 70.0)


def test_the_plane_is_looked_at_before_it_is_settled(controls: ColourControls) -> None:
    controls.show_hint((0.0, 0.0), 60.0, LIKELY)
    told = listen(controls)
    for _ in range(2):
        QTest.keyClick(controls.plane, Qt.Key.Key_Right)
    assert told == [(2.0, 0.0), "settled", (4.0, 0.0), "settled"]


@pytest.mark.parametrize("lightness", [0.0, 45.0, 100.0])
def test_a_colour_is_painted_so_that_it_is_seen(lightness: float) -> None:
    lab = rgb_to_lab(np.array([[paint_of((5.0, 8.0), lightness)]], np.float32) / 255)[0, 0]
    assert lab[0] == pytest.approx(min(max(lightness, 20.0), 90.0), abs=1)
    assert lab[1:] == pytest.approx((5.0, 8.0), abs=1)
