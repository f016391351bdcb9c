from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton

from sr_studio.editing.hint_layer import HintLayer
from sr_studio.engines.colorization.hints import Hint
from sr_studio.ui.canvas.hint_tool import HintTool
from sr_studio.ui.colorize.hint_controls import HintControls

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def tool() -> HintTool:
    tool = HintTool()
    layer = HintLayer(300, 200, [Hint(((50.0, 50.0),), 40.0, (1.0, 2.0))])
    tool.set_layer(layer, lambda _x, _y: (0.0, 0.0), lambda _hint: (1, 2, 3))
    tool.resize(12.0, "")
    return tool


@pytest.fixture
def controls(qtbot: QtBot, tool: HintTool) -> HintControls:
    controls = HintControls(tool)
    qtbot.addWidget(controls)
    qtbot.addWidget(controls.rest)
    controls.show()
    return controls


def test_the_kind_is_chosen_by_one_of_two_buttons(controls: HintControls, tool: HintTool) -> None:
    assert controls.buttons["point"].isChecked()
    controls.buttons["scribble"].click()
    assert tool.kind == "scribble"
    assert not controls.buttons["point"].isChecked()
    controls.choose("point")
    assert tool.kind == "point"
    assert controls.buttons["point"].isChecked()


def test_the_radius_is_of_the_selected_hint_or_the_next(
    controls: HintControls, tool: HintTool
) -> None:
    wanted = list[int]()
    controls.radius_wanted.connect(wanted.append)
    assert controls.radius_spin.value() == 12
    tool.select(0)
    controls.show_state(count=1, can_suggest=False)
    assert controls.radius_spin.value() == 40
    tool.select(None)
    controls.show_state(count=1, can_suggest=False)
    assert controls.radius_spin.value() == 12
    assert not wanted  # nobody has asked for another
    controls.radius_spin.setValue(30)
    assert wanted == [30]


def test_what_cannot_be_done_cannot_be_pressed(controls: HintControls, tool: HintTool) -> None:
    def states() -> list[bool]:
        return [
            button.isEnabled()
            for button in (
                controls.remove_button,
                controls.clear_button,
                controls.save_button,
                controls.suggest_button,
            )
        ]

    assert states() == [False, False, False, False]
    controls.show_state(count=1, can_suggest=False)
    assert states() == [False, True, True, False]
    tool.select(0)
    controls.show_state(count=1, can_suggest=True)
    assert states() == [True, True, True, True]
    assert controls.load_button.isEnabled()


def test_each_button_asks_for_its_own(controls: HintControls, tool: HintTool) -> None:
    tool.select(0)
    controls.show_state(count=1, can_suggest=True)
    asked = list[str]()
    for name in ("remove", "clear", "suggest", "load", "save"):
        getattr(controls, f"{name}_wanted").connect(lambda name=name: asked.append(name))
    controls.marks_toggled.connect(lambda is_on: asked.append(f"marks {is_on}"))
    for button in (
        controls.remove_button,
        controls.clear_button,
        controls.suggest_button,
        controls.load_button,
        controls.save_button,
        controls.marks_button,
        controls.marks_button,
    ):
        button.click()
    assert asked == ["remove", "clear", "suggest", "load", "save", "marks False", "marks True"]


def test_every_button_has_words_for_a_reader(controls: HintControls) -> None:
    for owner in (controls, controls.rest):
        for button in owner.findChildren(QAbstractButton):
            assert button.accessibleName() or button.text()
            assert button.text() or button.toolTip(), "an icon alone says little"
