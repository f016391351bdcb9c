"""The experiment on noise as the user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

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


def panel_of(studio: Studio) -> StudyPanel:
    panel: Any = studio.window.active_panel
    return panel


def test_four_fits_are_watched_and_end_early(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.experiment.form.set_values({"edge": 48, "iterations": 20_000, "network": "skip-32"})
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: panel.found is not None)
    assert panel.board is not None
    assert panel.board.isVisible()
    assert [pane.title for pane in studio.place.view.panes] == [
        "Picture", "With noise", "Shuffled pixels", "Noise alone",
    ]  # fmt: skip
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "the picture's loss is" in panel.bar.words
    assert panel.experiment.form.isEnabled()


def test_unknown_network_is_said(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.experiment.form.set_values({"network": "vgg"})
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "no network 'vgg'" in studio.place.messages.text


def test_networks_are_compared_side_by_side(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.choice.setCurrentIndex(1)
    assert not panel.experiments[0].form.isVisible()
    names = ["projector-16", "encoder-2", "resnet"]
    panel.experiment.form.set_values({"edge": 64, "networks": ",".join(names), "iterations": 10})
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert panel.found is not None
    assert [pane.title for pane in studio.place.view.panes] == names
    assert all(pane.caption.endswith("dB") for pane in studio.place.view.panes)
    assert "is nearest to what was hidden" in panel.bar.words
    panel.choice.setCurrentIndex(0)  # the result stays that of the experiment it is of
    assert [pane.title for pane in studio.place.view.panes] == names
    assert studio.place.settings.form("study")["experiment"] == "networks"
