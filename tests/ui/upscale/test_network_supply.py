"""From a wish for weights to a network that runs: import and drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog, QPushButton

from sr_studio.ui.application import Studio, build_studio
from sr_studio.ui.picture_intake import take_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.panels.upscale_panel import UpscalePanel

_TIMEOUT_MS = 30_000


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    studio = build_studio(tmp_path / "settings.json")
    studio.window.resize(1366, 768)
    studio.window.show()
    wait_for(qtbot, lambda: panel_of(studio).form.picker.model is not None)
    yield studio
    studio.close()
    studio.window.hide()
    studio.window.deleteLater()
    studio.deleteLater()


def panel_of(studio: Studio) -> UpscalePanel:
    panel: Any = studio.window.active_panel
    return panel


def wait_for(qtbot: QtBot, holds: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(holds()), timeout=_TIMEOUT_MS)


def write_weights(path: Path, model: str, scale: int) -> Path:
    from safetensors.torch import save_file

    from sr_studio.models._registry import all_models

    save_file(all_models()[model].build(scale).state_dict(), path)
    return path


def action_of(studio: Studio) -> QPushButton:
    buttons = studio.place.messages.findChildren(QPushButton)
    return next(button for button in buttons if button.isVisible())


def test_weights_of_the_chosen_network_are_imported_when_asked_for_it(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(studio)
    panel.form.picker.prefer("fsrcnn-s")
    panel.form.picker.set_scale(3)
    assert not panel.form.picker.has_weights
    file = write_weights(tmp_path / "mine.safetensors", "fsrcnn-s", 3)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(file), ""))
    panel.form.picker.import_button.click()
    wait_for(qtbot, lambda: studio.place.messages.isVisible())
    # three scales have this layout: the program cannot know which one it is, and asks
    assert action_of(studio).text() == "Import it for FSRCNN-s ×3"
    action_of(studio).click()
    wait_for(qtbot, lambda: panel.form.picker.has_weights)
    wait_for(qtbot, lambda: "Imported as mine: FSRCNN-s x3" in studio.place.messages.text)
    assert panel.form.picker.model is not None
    assert panel.form.picker.model.ready_scales == (3,)


def test_a_file_that_holds_no_weights_is_told_and_nothing_is_chosen(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = panel_of(studio)
    before = panel.form.picker.model
    (tmp_path / "fake.pth").write_text("<html>not found</html>")
    panel.networks.import_file(tmp_path / "fake.pth", "srcnn", 3)
    wait_for(qtbot, lambda: "fake.pth holds no weights" in studio.place.messages.text)
    assert panel.form.picker.model is before
    assert not [b for b in studio.place.messages.findChildren(QPushButton) if b.isVisible()]


def test_a_dropped_file_of_weights_is_imported_and_the_picture_beside_it_opened(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[Path] = []
    panel = panel_of(studio)
    monkeypatch.setattr(panel.networks, "import_file", wanted.append)
    photo = tmp_path / "photo.png"
    Image.new("RGB", (8, 8)).save(photo)
    paths = [tmp_path / "net.PTH", photo, tmp_path / "other.param", tmp_path / "other.bin"]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    studio.commands.opening.take(take_in(mime))
    assert wanted == [tmp_path / "net.PTH", tmp_path / "other.param"]
    wait_for(qtbot, lambda: len(studio.place.documents) == 1)
    wait_for(qtbot, lambda: not studio.place.desk.unfinished())
    assert studio.place.documents[0].path == photo


def test_the_wish_to_train_leads_to_the_training_panel(studio: Studio) -> None:
    panel = panel_of(studio)
    panel.form.picker.prefer("srcnn")
    panel.form.picker.set_scale(3)
    panel.form.picker.train_button.click()
    training: Any = studio.window.active_panel
    assert training is not panel
    assert (training.form.recipes.model, training.form.recipes.scale) == ("srcnn", 3)
