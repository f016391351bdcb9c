from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sr_studio.editing.hint_layer import HintLayer
from sr_studio.engines.colorization.hints import Hint
from sr_studio.ui.canvas.compare_view import CompareView
from sr_studio.ui.canvas.hint_tool import HintTool
from sr_studio.ui.colorize.hint_controls import KIND_KEYS, HintControls
from sr_studio.ui.colorize.hint_keys import HintKeys
from tests.ui.canvas.conftest import flat_source, show

__all__ = ["show"]  # a fixture
_K = Qt.Key


class Desk(NamedTuple):
    view: CompareView
    tool: HintTool
    controls: HintControls
    keys: HintKeys
    layer: HintLayer


@pytest.fixture
def desk(show: Callable[..., CompareView], qtbot) -> Desk:
    view = show([flat_source((120, 120, 120), 300, 200)])
    tool, layer = HintTool(view), HintLayer(300, 200, [Hint(((50.0, 50.0),), 40.0, (1.0, 2.0))])
    tool.set_layer(layer, lambda _x, _y: (0.0, 0.0), lambda _hint: (1, 2, 3))
    controls = HintControls(tool)
    qtbot.addWidget(controls)
    qtbot.addWidget(controls.rest)
    controls.radius_wanted.connect(lambda px: tool.resize(px, "Size"))
    controls.shift_wanted.connect(lambda dx, dy: tool.shift(dx, dy, "Move"))
    keys = HintKeys(view, tool, controls)
    view.installEventFilter(keys)
    keys.is_active = True
    controls.show_state(count=1, can_suggest=True)
    return Desk(view, tool, controls, keys, layer)


def test_letters_choose_the_kind_and_hide_the_marks(desk: Desk) -> None:
    assert KIND_KEYS == {"point": "P", "scribble": "B"}
    QTest.keyClick(desk.view, _K.Key_B)
    assert desk.tool.kind == "scribble"
    QTest.keyClick(desk.view, _K.Key_P)
    assert desk.tool.kind == "point"
    QTest.keyClick(desk.view, _K.Key_V)
    assert not desk.controls.marks_button.isChecked()


def test_a_place_is_suggested_where_that_can_be(desk: Desk, qtbot) -> None:
    with qtbot.waitSignal(desk.controls.suggest_wanted, timeout=0):
        QTest.keyClick(desk.view, _K.Key_S)
    desk.controls.show_state(count=1, can_suggest=False)
    with qtbot.assertNotEmitted(desk.controls.suggest_wanted):
        QTest.keyClick(desk.view, _K.Key_S)


@pytest.mark.parametrize("key", [_K.Key_Delete, _K.Key_Backspace])
def test_the_selected_is_removed(desk: Desk, key: Qt.Key) -> None:
    QTest.keyClick(desk.view, key)
    assert len(desk.layer.hints) == 1
    desk.tool.select(0)
    QTest.keyClick(desk.view, key)
    assert desk.layer.hints == ()


def test_brackets_size_by_a_pixel_at_least(desk: Desk) -> None:
    desk.tool.resize(1.0, "Size")
    desk.controls.show_state(count=1, can_suggest=False)
    QTest.keyClick(desk.view, _K.Key_BracketRight)
    assert desk.tool.radius_px == 2
    QTest.keyClick(desk.view, _K.Key_BracketLeft)
    QTest.keyClick(desk.view, _K.Key_BracketLeft)
    assert desk.tool.radius_px == 1
    desk.tool.select(0)
    desk.controls.show_state(count=1, can_suggest=False)
    QTest.keyClick(desk.view, _K.Key_BracketRight)
    assert desk.layer.hints[0].radius_px == 46


def test_hints_are_put_chosen_and_moved_without_a_mouse(desk: Desk) -> None:
    desk.view.set_zoom(2.0)
    QTest.keyClick(desk.view, _K.Key_Return)
    assert desk.tool.index == 1
    assert desk.layer.hints[1].points == ((150.0, 100.0),)
    QTest.keyClick(desk.view, _K.Key_H)
    assert desk.tool.index == 0
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(desk.view, _K.Key_Right, ctrl)
    QTest.keyClick(desk.view, _K.Key_Down, ctrl | shift)
    assert desk.layer.hints[0].points == ((55.0, 50.5),)
    for _ in range(20):
        QTest.keyClick(desk.view, _K.Key_Up, ctrl)
    assert desk.layer.hints[0].points == ((55.0, 0.0),), "not out of the picture"
    desk.tool.select(None)
    QTest.keyClick(desk.view, _K.Key_Left, ctrl)
    assert desk.layer.hints[0].points == ((55.0, 0.0),)


def test_no_key_is_taken_while_another_panel_has_the_canvas(desk: Desk) -> None:
    desk.tool.select(0)
    desk.keys.is_active = False
    for key in (_K.Key_B, _K.Key_Delete, _K.Key_V):
        QTest.keyClick(desk.view, key)
    assert desk.tool.kind == "point"
    assert len(desk.layer.hints) == 1
    assert desk.controls.marks_button.isChecked()


def test_keys_with_modifiers_belong_to_others(desk: Desk) -> None:
    desk.tool.select(0)
    QTest.keyClick(desk.view, _K.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(desk.view, _K.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert len(desk.layer.hints) == 1
    assert desk.tool.kind == "point"
