from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from sr_studio.imaging.lab import is_showable
from sr_studio.ui.colorize.ab_plane import AbPlane

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
Chosen = list[tuple[float, float]]


@pytest.fixture
def plane(qtbot: QtBot) -> AbPlane:
    plane = AbPlane()
    qtbot.addWidget(plane)
    plane.resize(220, 180)  # a square of 180 in the middle: 110 units are 90 px
    plane.show_colours(60.0, (10.0, 20.0), ())
    plane.show()
    return plane


def collect(plane: AbPlane) -> Chosen:
    chosen: Chosen = []
    plane.chosen.connect(lambda a, b: chosen.append((a, b)))
    return chosen


def can_be_shown(lightness: float, ab: tuple[float, float]) -> bool:
    return bool(is_showable(np.array([lightness, *ab], np.float32)))


def test_a_to_the_right_and_b_upwards(plane: AbPlane) -> None:
    chosen = collect(plane)
    QTest.mouseClick(plane, LEFT, pos=QPoint(110 + 18, 90 - 9))
    (ab,) = chosen
    assert ab == pytest.approx((22.0, 11.0), abs=0.01)


@pytest.mark.parametrize("lightness", [0.0, 3.0, 30.0, 60.0, 97.0, 100.0])
def test_the_mouse_only_chooses_what_can_be_shown(plane: AbPlane, lightness: float) -> None:
    plane.show_colours(lightness, (0.0, 0.0), ())
    chosen = collect(plane)
    for x, y in np.random.default_rng(0).integers(0, (220, 180), (40, 2)).tolist():
        QTest.mouseClick(plane, LEFT, pos=QPoint(x, y))
    assert len(chosen) == 40
    assert all(can_be_shown(lightness, ab) for ab in chosen)
    assert lightness in (0.0, 100.0) or np.hypot(*np.transpose(chosen)).max() > 3


def test_a_drag_chooses_all_the_way_and_settles_once(plane: AbPlane) -> None:
    chosen, settled = collect(plane), list[bool]()
    plane.settled.connect(lambda: settled.append(True))
    QTest.mousePress(plane, LEFT, pos=QPoint(110, 90))
    QTest.mouseMove(plane, QPoint(115, 90))
    QTest.mouseMove(plane, QPoint(120, 95))
    assert not settled
    QTest.mouseRelease(plane, LEFT, pos=QPoint(120, 95))
    assert len(chosen) == 3
    assert settled == [True]
    QTest.mouseMove(plane, QPoint(100, 95))
    QTest.mouseClick(plane, Qt.MouseButton.RightButton, pos=QPoint(100, 95))
    assert len(chosen) == 3
    assert settled == [True]


def test_arrows_go_on_from_the_colour(plane: AbPlane) -> None:
    chosen = collect(plane)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down):
        QTest.keyClick(plane, key)
    assert [(round(a), round(b)) for a, b in chosen] == [(12, 20), (10, 22), (8, 20), (10, 18)]


def test_arrows_end_where_nothing_can_be_shown(plane: AbPlane) -> None:
    plane.chosen.connect(lambda a, b: plane.show_colours(60.0, (a, b), ()))
    chosen = collect(plane)
    for _ in range(80):
        QTest.keyClick(plane, Qt.Key.Key_Right)
    assert all(can_be_shown(60.0, ab) for ab in chosen)
    assert 30 < chosen[-1][0] < 110


def test_without_a_colour_keys_belong_to_others(plane: AbPlane) -> None:
    plane.show_colours(60.0, None, ())
    chosen = collect(plane)
    QTest.keyClick(plane, Qt.Key.Key_Right)
    QTest.keyClick(plane, Qt.Key.Key_X)
    assert not chosen


def test_it_shows_its_lightness_the_colour_and_what_is_likely(plane: AbPlane) -> None:
    plain = plane.grab().toImage()
    plane.show_colours(60.0, (10.0, 20.0), ((-30.0, 10.0),))
    likely = plane.grab().toImage()
    assert likely != plain
    plane.show_colours(30.0, (10.0, 20.0), ((-30.0, 10.0),))
    assert plane.grab().toImage() != likely
    plane.show_colours(60.0, (10.0, 20.0), ())
    assert plane.grab().toImage() == plain


def test_a_reader_can_name_it_and_keys_reach_it(plane: AbPlane) -> None:
    assert plane.accessibleName()
    assert plane.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert plane.heightForWidth(1000) <= 200
