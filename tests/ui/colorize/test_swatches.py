from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sr_studio.ui.colorize.swatches import Swatches

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    Colours = list[tuple[tuple[int, int, int], str]]


def colours(count: int) -> Colours:
    return [((20 * index, 30, 200), f"colour {index}") for index in range(count)]


def open_swatches(qtbot: QtBot, count: int) -> Swatches:
    swatches = Swatches()
    qtbot.addWidget(swatches)
    swatches.show_colours(colours(count))
    swatches.resize(300, 24)
    swatches.show()
    return swatches


def test_each_has_its_colour_and_words(qtbot: QtBot) -> None:
    swatches = open_swatches(qtbot, 3)
    assert [button.colour for button in swatches.buttons] == [c for c, _ in colours(3)]
    assert [button.toolTip() for button in swatches.buttons] == [w for _, w in colours(3)]
    assert [button.accessibleName() for button in swatches.buttons] == [w for _, w in colours(3)]
    middle = swatches.buttons[1].grab().toImage().pixelColor(12, 12)
    assert (middle.red(), middle.green(), middle.blue()) == (20, 30, 200)


def test_eight_at_most_and_the_place_is_kept_without(qtbot: QtBot) -> None:
    swatches = open_swatches(qtbot, 11)
    assert len(swatches.buttons) == 8
    height = swatches.height()
    swatches.show_colours([])
    assert swatches.buttons == []
    assert swatches.height() == height


def test_a_click_and_a_key_choose(qtbot: QtBot) -> None:
    swatches, chosen = open_swatches(qtbot, 2), list[int]()
    swatches.chosen.connect(chosen.append)
    swatches.show_colours(colours(5))
    for index in (4, 0):
        QTest.mouseClick(swatches.buttons[index], Qt.MouseButton.LeftButton)
    QTest.keyClick(swatches.buttons[3], Qt.Key.Key_Space)
    assert chosen == [4, 0, 3]


def test_the_keyboard_stays_where_it_is_when_colours_change(qtbot: QtBot) -> None:
    swatches = open_swatches(qtbot, 4)
    swatches.chosen.connect(lambda _index: swatches.show_colours(colours(5)[::-1]))
    button = swatches.buttons[2]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert swatches.focusWidget() is button
    assert swatches.buttons[2] is button
    assert button.toolTip() == "colour 2"
    assert swatches.buttons[0].toolTip() == "colour 4"
