from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from sr_studio.ui.upscale.train_dialog import TrainDialog
from tests.helpers.model_infos import make_info

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> TrainDialog:
    dialog = TrainDialog(make_info("srcnn"), 3, tmp_path / "runs", {})
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def start_button(dialog: TrainDialog) -> QPushButton:
    buttons = dialog.findChildren(QPushButton)
    return next(button for button in buttons if button.text() == "Start training")


def words(dialog: TrainDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_it_makes_the_request_and_remembers(
    dialog: TrainDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog.photos_line.setText(str(tmp_path))
    dialog.time_spin.setValue(20)
    dialog.unit_box.setCurrentIndex(0)
    request = dialog.request()
    assert (request.model, request.scale, request.time_budget) == ("srcnn", 3, "20m")
    assert request.data == tmp_path
    assert request.output == tmp_path / "runs" / "srcnn-x3"
    assert request.keep
    assert request.recipe is None
    again = TrainDialog(make_info("other"), 2, tmp_path, dialog.stored())
    qtbot.addWidget(again)
    assert again.request().time_budget == "20m"
    assert again.request().data == tmp_path


def test_each_training_gets_a_folder_of_its_own(
    dialog: TrainDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "runs" / "srcnn-x3").mkdir(parents=True)
    again = TrainDialog(make_info("srcnn"), 3, tmp_path / "runs", {})
    qtbot.addWidget(again)
    assert Path(again.run_line.text()).name == "srcnn-x3-2"
    again.scale_box.setCurrentIndex(0)
    assert Path(again.run_line.text()).name == "srcnn-x2"


def test_it_starts_only_with_a_folder_that_is_there(dialog: TrainDialog, tmp_path: Path) -> None:
    assert not start_button(dialog).isEnabled()
    dialog.photos_line.setText(str(tmp_path / "nowhere"))
    assert not start_button(dialog).isEnabled()
    assert "no such folder" in words(dialog)
    dialog.photos_line.setText(str(tmp_path))
    assert start_button(dialog).isEnabled()
    assert "no such folder" not in words(dialog)
    (tmp_path / "checkpoint.pt").write_bytes(b"of an earlier training")
    dialog.run_line.setText(str(tmp_path))
    assert not start_button(dialog).isEnabled()
    assert "another training" in words(dialog)


def test_a_large_network_comes_with_a_warning(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = TrainDialog(make_info("edsr", parameters=43_000_000), 2, tmp_path, {})
    qtbot.addWidget(dialog)
    dialog.show()
    assert "43.0\N{NO-BREAK SPACE}M parameters" in words(dialog)


def test_damaged_settings_are_ignored(qtbot: QtBot, tmp_path: Path) -> None:
    stored = {"time": "soon", "unit": 7, "precision": None, "photos": None}
    dialog = TrainDialog(make_info("srcnn"), 3, tmp_path, stored)
    qtbot.addWidget(dialog)
    assert dialog.request().time_budget == "1m"
