from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QComboBox, QWidget

from sr_studio.tasks._colorize_pictures import ColorizeSettings
from sr_studio.ui.canvas.hint_tool import HintTool
from sr_studio.ui.colorize.colorize_form import ColorizeForm
from tests.helpers.model_infos import make_info

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def make_form(qtbot: QtBot) -> ColorizeForm:
    form = ColorizeForm(HintTool())
    qtbot.addWidget(form)
    return form


@pytest.fixture
def form(qtbot: QtBot) -> ColorizeForm:
    return make_form(qtbot)


MODELS = (
    make_info("edsr", "shipped"),
    make_info("first", "shipped", (1,), task="colorize"),
    make_info("absent", "downloadable", (1,), task="colorize"),
    make_info("second", "installed", (1,), task="colorize"),
)


def shown(form: ColorizeForm) -> set[str]:
    """Which parts of the form are seen."""
    parts: dict[str, QWidget] = {
        "network": form.network_box,
        "colours": form.kind,
        "temperature": form.vivid,
        "strength": form.strength,
        "hints": form.hints,
        "reference": form.reference,
    }
    return {name for name, part in parts.items() if part.isVisibleTo(form)}


def test_it_starts_with_the_defaults_of_the_task(form: ColorizeForm) -> None:
    assert form.settings() == ColorizeSettings()


@pytest.mark.parametrize("method", ["network", "levin", "welsh", "histogram"])
def test_each_method_shows_what_it_needs(form: ColorizeForm, method: str) -> None:
    form.set_models(MODELS)
    always = {"strength", "hints", "reference"}
    form.how.set_values({"method": method})
    is_network = method == "network"
    assert shown(form) == always | ({"network", "colours"} if is_network else set())
    assert form.unsure_box.isEnabled() == is_network
    form.kind.set_values({"colours": "vivid"})
    assert ("temperature" in shown(form)) == is_network


def test_only_colorizers_that_are_here_are_offered(form: ColorizeForm) -> None:
    form.set_models(MODELS[:2])
    assert "network" not in shown(form), "one is no choice"
    assert form.settings().network == "first"
    form.set_models(MODELS)
    assert [form.network_box.itemData(row) for row in range(2)] == ["first", "second"]
    assert "network" in shown(form)
    form.set_models(MODELS[:1])
    assert form.settings().network is None
    assert "network" not in shown(form)


VALUES: dict[str, Any] = {
    "method": "network",
    "network": "second",
    "colours": "vivid",
    "temperature": 0.5,
    "saturation": 1.25,
    "working_px": 320,
    "device": "cpu",
}


def test_what_was_stored_comes_back(qtbot: QtBot, form: ColorizeForm) -> None:
    form.set_models(MODELS)
    form.restore(VALUES)
    assert form.settings() == ColorizeSettings(**VALUES)
    assert form.stored() == VALUES
    other = make_form(qtbot)
    other.restore(form.stored())
    other.set_models(MODELS)
    assert other.settings() == ColorizeSettings(**VALUES)
    assert {"network", "colours", "temperature"} <= shown(other)


def test_a_network_that_is_away_for_a_while_is_not_forgotten(form: ColorizeForm) -> None:
    form.set_models(MODELS)
    form.restore(VALUES)
    form.set_models(MODELS[:2])
    assert form.settings().network == "first"
    assert form.stored()["network"] == "second"
    form.set_models(MODELS)
    assert form.settings().network == "second"
    form.network_box.setCurrentIndex(0)  # the user's choice now
    form.set_models(MODELS)
    assert form.settings().network == form.stored()["network"] == "first"


def test_stored_nonsense_is_left_out(form: ColorizeForm) -> None:
    form.restore({"method": "magic", "saturation": "much", "network": 7, "working_px": "wide"})
    assert form.settings() == ColorizeSettings()


def test_every_change_is_told(form: ColorizeForm) -> None:
    form.set_models(MODELS)
    told = list[str]()
    form.changed.connect(lambda: told.append("changed"))
    form.view_changed.connect(lambda: told.append("view"))
    form.how.findChildren(QComboBox)[0].setCurrentIndex(1)
    form.network_box.setCurrentIndex(1)
    form.strength.set_values({"saturation": 0.5})
    form.fine.set_values({"working_px": 128})
    assert told == ["changed"] * 4
    form.unsure_box.click()
    assert told == ["changed"] * 4, "the other method has nothing to be unsure of"
    form.how.set_values({"method": "network"})
    form.unsure_box.click()
    assert told == ["changed"] * 5 + ["view"]
