"""The experiments as the user sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.helpers.studios import open_studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.application import Studio
    from sr_studio.ui.panels.study_panel import StudyPanel


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    path = tmp_path / "photo.png"
    y, x = np.mgrid[0:64, 0:80]
    Image.fromarray((128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)).save(path)
    with open_studio(tmp_path / "settings.json") as studio:
        studio.window.rail.choose("study")
        studio.loader.open_paths([path])
        wait_for(
            qtbot, lambda: studio.place.documents.current and studio.place.documents.current.source
        )
        yield studio


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    values = np.zeros((64, 80), np.uint8)
    values[20:40, 30:50] = 255
    path = tmp_path / "mask.png"
    Image.fromarray(values).save(path)
    return path


def panel_of(studio: Studio) -> StudyPanel:
    panel: Any = studio.window.active_panel
    return panel


def choose_networks(studio: Studio, qtbot: QtBot, *ids: str) -> StudyPanel:
    """Return the panel with the second experiment and these networks ticked."""
    panel = panel_of(studio)
    panel.choice.setCurrentIndex(1)
    study = panel.networks
    wait_for(qtbot, lambda: study.networks.count() > 0)
    for row in range(study.networks.count()):
        item = study.networks.item(row)
        is_on = item.data(Qt.ItemDataRole.UserRole) in ids
        item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
    return panel


def test_four_fits_are_watched_and_end_early(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    study = panel.resistance
    study.form.set_values({"edge": 48, "iterations": 20_000, "network": "skip-32"})
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: study.has_result)
    assert panel.board is not None
    assert panel.board.isVisible()
    names = ["Picture", "With noise", "Shuffled pixels", "Noise alone"]
    assert [pane.title for pane in studio.place.view.panes] == names
    assert list(panel.board.names) == names
    assert not panel.choice.isEnabled()
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "the picture's loss is" in panel.bar.words
    assert study.form.isEnabled()
    assert not panel.bar.use_button.isVisible()


def test_unknown_network_is_said(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.resistance.form.set_values({"network": "vgg"})
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "no network 'vgg'" in studio.place.messages.text


def test_networks_stand_side_by_side_and_are_saved(
    studio: Studio, qtbot: QtBot, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = choose_networks(studio, qtbot, "encoder-2", "projector-16")
    study = panel.networks
    study.form.set_values({"edge": 48, "iterations": 20_000})
    study.mask_field.set_path(mask)
    study.truth_field.set_path(tmp_path / "photo.png")
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: study.has_result)
    titles = [pane.title for pane in studio.place.view.panes]
    assert titles == [
        "Observed", "Encoder-decoder, depth 2", "Deep random projector, 16 channels",
        "Ground truth",
    ]  # fmt: skip
    assert "59 k" in studio.place.view.panes[1].caption
    assert "dB" in studio.place.view.panes[1].caption
    assert panel.board is not None
    assert list(panel.board.names) == titles[1:3]
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "comes nearest to the truth" in panel.bar.words
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    for name in ("photo-networks", "photo-networks-2"):
        panel.bar.use_button.click()
        wait_for(qtbot, lambda name=name: name in studio.place.messages.text)
        written = sorted(path.name for path in (tmp_path / name).iterdir())
        assert written == ["encoder-2.png", "networks.png", "projector-16.png"]


def test_cancel_leaves_no_result_and_no_mask_is_said(
    studio: Studio, qtbot: QtBot, mask: Path
) -> None:
    panel = choose_networks(studio, qtbot, "encoder-2")
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "Which pixels are missing" in studio.place.messages.text
    panel.networks.form.set_values({"edge": 48, "iterations": 20_000})
    panel.networks.mask_field.set_path(mask)
    panel.run_current()
    assert panel.is_busy
    panel.cancel()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert panel.choice.isEnabled()
    choose_networks(studio, qtbot)
    panel.run_current()
    assert "No network is named" in studio.place.messages.text
    assert not panel.is_busy
