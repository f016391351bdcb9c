from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from sr_studio.ui.upscale.network_picker import NetworkPicker
from tests.helpers.model_infos import make_info

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MODELS = (
    make_info("none"),
    make_info("far", "downloadable"),
    make_info("here", "local"),
    make_info("own", learns_from="picture"),
    make_info("clean", scales=(1,), task="denoise"),
)


@pytest.fixture
def picker(qtbot: QtBot) -> NetworkPicker:
    picker = NetworkPicker()
    qtbot.addWidget(picker)
    picker.set_scale(3)
    picker.set_models(MODELS)
    picker.show()
    return picker


def offers(picker: NetworkPicker) -> list[str]:
    buttons = (picker.download_button, picker.import_button, picker.train_button)
    shown = [button.text() for button in buttons if button.isVisible()]
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in shown]


def test_what_is_preferred_before_the_list_comes_is_chosen_when_it_does(qtbot: QtBot) -> None:
    picker = NetworkPicker()
    qtbot.addWidget(picker)
    picker.prefer("far")
    assert picker.model is None
    with qtbot.waitSignal(picker.changed, timeout=1000):
        picker.set_models(MODELS)
    assert picker.model is MODELS[1]
    picker.prefer("imported")
    assert picker.model is MODELS[1]
    imported = make_info("imported", "local")
    picker.set_models((*MODELS, imported))
    assert picker.model is imported


def test_an_unknown_choice_falls_back_to_one_that_runs(qtbot: QtBot) -> None:
    picker = NetworkPicker()
    qtbot.addWidget(picker)
    picker.prefer("removed since")
    picker.set_models(MODELS)
    assert picker.model is MODELS[2]


def test_the_choice_stays_when_the_list_comes_again(picker: NetworkPicker) -> None:
    picker.prefer("far")
    picker.set_models((*MODELS[:1], make_info("far", "local")))
    assert picker.model is not None
    assert (picker.model.id, picker.has_weights) == ("far", True)


@pytest.mark.parametrize(
    ("model_id", "expected", "can_run"),
    [
        ("none", ["Import a file…", "Train it…"], False),
        ("far", ["Download the weights (×3, 2.7 MB)", "Import a file…", "Train it…"], False),
        ("here", [], True),
        ("own", [], True),
        ("clean", ["Import a file…"], False),
    ],
)
def test_a_network_offers_the_ways_to_its_weights(
    picker: NetworkPicker, model_id: str, expected: list[str], can_run: bool
) -> None:
    picker.prefer(model_id)
    assert offers(picker) == expected
    assert picker.has_weights is can_run


def test_weights_for_another_scale_run_and_those_for_this_one_are_offered(
    picker: NetworkPicker,
) -> None:
    far, here = make_info("mixed", "downloadable"), make_info("mixed", "local")
    mixed = replace(here, weights=(here.weights[0], far.weights[1]))
    picker.set_models((mixed,))
    assert picker.has_weights
    assert offers(picker)[0] == "Download the weights (×3, 2.7 MB)"
    picker.set_scale(2)
    assert offers(picker) == []


def test_the_button_asks_for_the_weights_of_this_scale(picker: NetworkPicker, qtbot: QtBot) -> None:
    picker.prefer("far")
    with qtbot.waitSignal(picker.download_wanted, timeout=1000) as wanted:
        picker.download_button.click()
    assert wanted.args == ["far-x3"]


def test_the_list_opens_by_key_and_what_is_chosen_there_counts(
    picker: NetworkPicker, qtbot: QtBot
) -> None:
    picker.prefer("here")
    qtbot.keyClick(picker.box, Qt.Key.Key_Down)
    assert picker.popup.isVisible()
    qtbot.keyClicks(picker.popup.search, "none")
    with qtbot.waitSignal(picker.changed, timeout=1000):
        qtbot.keyClick(picker.popup.search, Qt.Key.Key_Return)
    assert picker.model is MODELS[0]
    assert picker.box.currentText() == "NONE"


def test_before_the_list_comes_nothing_opens(qtbot: QtBot) -> None:
    picker = NetworkPicker()
    qtbot.addWidget(picker)
    picker.box.showPopup()
    assert not picker.popup.isVisible()
    assert not picker.has_weights
