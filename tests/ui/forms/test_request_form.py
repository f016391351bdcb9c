from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSlider, QSpinBox

from sr_studio.tasks._spec import Help, Range, Unit
from sr_studio.ui.forms.field_label import FieldLabel
from sr_studio.ui.forms.request_form import RequestForm

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@dataclass(frozen=True)
class Recipe:
    strength: Annotated[float, Range(0, 1), Help("how much")] = 0.5
    rounds: Annotated[int, Range(1, 1000), Unit("rounds")] = 10
    jpeg: Annotated[int | None, Range(1, 100)] = None
    kernel: Literal["near", "far"] = "near"
    tone: bool = False
    tile: str = "auto"


NAMES = ("strength", "rounds", "jpeg", "kernel", "tone", "tile")


@pytest.fixture
def form(qtbot: QtBot) -> RequestForm:
    form = RequestForm(Recipe, NAMES, titles={"tone": "Match tone"})
    qtbot.addWidget(form)
    form.show()
    return form


def test_a_form_starts_with_the_defaults_of_the_dataclass(form: RequestForm) -> None:
    assert Recipe(**form.values()) == Recipe()


@pytest.mark.parametrize(
    "values",
    [
        {"strength": 0.25, "rounds": 1000, "jpeg": 1, "kernel": "far", "tone": True, "tile": "64"},
        {"strength": 0.0, "rounds": 1, "jpeg": 100, "kernel": "near", "tone": False, "tile": "off"},
        {"strength": 1.0, "rounds": 500, "jpeg": None, "kernel": "far", "tone": True, "tile": "a"},
    ],
)
def test_what_is_set_comes_back(form: RequestForm, values: dict[str, object]) -> None:
    form.set_values(values)
    assert form.values() == values


def test_values_of_the_wrong_kind_are_left_out(form: RequestForm) -> None:
    form.set_values({"strength": "much", "rounds": True, "tone": 1, "kernel": "other", "new": 3})
    assert Recipe(**form.values()) == Recipe()


def test_a_double_click_on_the_label_sets_back(form: RequestForm, qtbot: QtBot) -> None:
    form.set_values({"strength": 0.9})
    label = next(x for x in form.findChildren(FieldLabel) if x.text() == "Strength")
    qtbot.mouseDClick(label, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert form.values()["strength"] == 0.5


def test_slider_and_spin_box_go_together(form: RequestForm, qtbot: QtBot) -> None:
    widget = form.widget("strength")
    slider, spin = widget.findChild(QSlider), widget.findChild(QDoubleSpinBox)
    slider.setFocus()
    with qtbot.waitSignal(form.changed, timeout=1000):
        qtbot.keyClick(slider, Qt.Key.Key_End)
    assert spin.value() == 1.0
    spin.setValue(0.0)
    assert slider.value() == 0


def test_half_typed_numbers_change_nothing(form: RequestForm, qtbot: QtBot) -> None:
    spin = form.widget("rounds").findChild(QSpinBox)
    spin.selectAll()
    qtbot.keyClicks(spin, "25")
    assert form.values()["rounds"] == 10
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert form.values()["rounds"] == 25


def test_each_control_has_a_name_for_screen_readers(form: RequestForm) -> None:
    for kind in (QSlider, QSpinBox, QDoubleSpinBox, QComboBox):
        assert all(control.accessibleName() for control in form.findChildren(kind))
    assert form.findChild(QCheckBox).text() == "Match tone"


def test_a_handier_range_moves_only_the_ends_of_the_slider(qtbot: QtBot) -> None:
    form = RequestForm(Recipe, ("rounds",), ranges={"rounds": Range(1, 50)})
    qtbot.addWidget(form)
    assert form.widget("rounds").findChild(QSpinBox).maximum() == 50


def test_a_type_that_no_widget_edits_is_refused(qtbot: QtBot) -> None:
    @dataclass(frozen=True)
    class Odd:
        parts: tuple[int, ...] = ()

    with pytest.raises(TypeError, match="parts"):
        RequestForm(Odd, ("parts",))
