"""A training as the user sees it: start, watch, stop, use what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from sr_studio.engines.training.preview import TrainingPreview
from sr_studio.tasks.train import TrainReport
from tests.helpers.studios import open_studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.application import Studio
    from sr_studio.ui.panels.train_panel import TrainPanel


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "settings.json") as studio:
        wait_for(qtbot, lambda: studio.place.networks.models)
        studio.window.rail.choose("train")
        yield studio


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(6):
        pixels = random.integers(0, 256, (9, 9, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def panel_of(studio: Studio) -> TrainPanel:
    panel: Any = studio.window.active_panel
    return panel


def fill(panel: TrainPanel, photos: Path, seconds: int) -> None:
    panel.form.recipes.prefer("srcnn-915", 2)
    panel.form.pictures.photos.line.setText(str(photos))
    panel.form.time.spin.setValue(seconds)
    panel.form.time.unit_box.setCurrentIndex(panel.form.time.unit_box.findData("s"))
    panel.form.store.folder.set_path(photos.parent / "run")


def preview(step: int, restored: int) -> TrainingPreview:
    steps = np.arange(1, step + 1, dtype=np.float32)
    losses = np.stack([steps, 1 / steps], axis=1)
    gray = np.full((12, 10, 3), 100, np.uint8)
    return TrainingPreview(
        step=step, steps=100, losses=losses, psnrs=np.array([[step, 30.5]], np.float32),
        best_psnr=30.5, baseline_name="bicubic", baseline_psnr=29.0, images_per_s=12.3, data_wait=0.04, left_s=90.0,
        restored=np.full((12, 10, 3), restored, np.uint8), baseline=gray, truth=gray,
    )  # fmt: skip


def report_of(folder: Path, psnr: float) -> TrainReport:
    return TrainReport(
        "srcnn",
        (3,),
        10,
        True,
        0.1,
        psnr,
        "bicubic",
        30.4,
        9,
        0,
        folder / "c",
        (),
        ("srcnn-x3-own-1",),
    )


def left_button(kind: QEvent.Type, button: QWidget) -> QMouseEvent:
    where = QPointF(button.rect().center())
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(kind, where, button.mapToGlobal(where), left, left, Qt.KeyboardModifier(0))


def test_nothing_starts_before_there_are_photographs(studio: Studio, photos: Path) -> None:
    panel = panel_of(studio)
    assert not panel.bar.start_button.isEnabled()
    panel.run_current()
    assert "photographs" in studio.place.messages.text
    panel.form.pictures.photos.line.setText(str(photos / "nowhere"))
    assert "no such folder" in panel.bar.words
    fill(panel, photos, 1)
    assert panel.bar.start_button.isEnabled()
    assert panel.form.request().model == "srcnn-915"


def test_a_training_is_watched_finished_early_and_used(
    studio: Studio, qtbot: QtBot, photos: Path
) -> None:
    panel = panel_of(studio)
    fill(panel, photos, 120)
    panel.bar.start_button.click()
    assert panel.is_busy
    wait_for(qtbot, lambda: panel.run.preview is not None)
    assert panel.board is not None
    assert panel.board.isVisible()
    assert "images/s" in panel.board.figures.text()
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "On pictures it did not see" in panel.bar.words
    assert (photos.parent / "run" / "checkpoint.pt").exists()
    assert panel.form.store.goes_on
    panel.bar.use_button.click()
    upscale: Any = studio.window.active_panel
    assert upscale.form.picker.model.id == "srcnn-915"
    wait_for(qtbot, lambda: upscale.form.picker.has_weights)


def test_cancelling_leaves_the_settings_as_they_were(
    studio: Studio, qtbot: QtBot, photos: Path
) -> None:
    panel = panel_of(studio)
    fill(panel, photos, 120)
    panel.bar.start_button.click()
    panel.bar.cancel_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert panel.run.report is None
    assert panel.form.recipes.model == "srcnn-915"
    assert panel.bar.start_button.isVisible()


def test_the_canvas_shows_the_picture_it_is_measured_on(studio: Studio) -> None:
    panel = panel_of(studio)
    panel.run.preview = preview(3, 90)
    panel.run.previewed.emit()
    titles = [pane.title for pane in studio.place.view.panes]
    assert titles == ["Bicubic", "Network", "Ground truth"]
    assert studio.place.view.panes[1].caption == "step 3: 30.50 dB"
    shown = studio.place.view.panes
    panel.run.preview = preview(4, 80)
    panel.run.previewed.emit()
    assert studio.place.view.panes[1] is not shown[1]
    assert panel.board is not None
    assert "Step 4 of 100" in panel.board.figures.text()
    assert "best 30.50 dB (bicubic 29.00 dB)" in panel.board.figures.text()
    assert "left" not in panel.board.figures.text()  # the bar below the settings says it
    panel.board.log_switch.setChecked(True)


def test_elsewhere_the_canvas_belongs_to_others_and_the_training_goes_on(studio: Studio) -> None:
    panel = panel_of(studio)
    panel.run.preview = preview(3, 90)
    panel.run.previewed.emit()
    studio.window.rail.choose("upscale")
    assert panel.board is not None
    assert not panel.board.isVisible()
    assert "Ground truth" not in [pane.title for pane in studio.place.view.panes]
    panel.run.preview = preview(5, 80)
    panel.run.previewed.emit()
    assert "Ground truth" not in [pane.title for pane in studio.place.view.panes]
    studio.window.rail.choose("train")
    assert "Step 5" in panel.board.figures.text()
    assert panel.board.isVisible()


def test_who_works_elsewhere_is_told_that_a_network_is_trained(
    studio: Studio, tmp_path: Path
) -> None:
    panel = panel_of(studio)
    studio.window.rail.choose("upscale")
    panel.run.report = report_of(tmp_path, 30.5)
    panel.run.ended.emit()
    assert "SRCNN (9-5-5) ×3 is trained" in studio.place.messages.text
    assert "30.50 dB, bicubic 30.40 dB" in studio.place.messages.text


def test_a_double_click_on_start_does_not_cancel(
    studio: Studio, qtbot: QtBot, photos: Path
) -> None:
    panel = panel_of(studio)
    fill(panel, photos, 120)
    panel.bar.start_button.click()
    job = panel.run.job
    assert job is not None
    with (
        qtbot.assertNotEmitted(panel.bar.cancel_wanted),
        qtbot.assertNotEmitted(panel.bar.pause_wanted),
    ):
        for button in (panel.bar.pause_button, panel.bar.cancel_button):
            for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
                QApplication.sendEvent(button, left_button(kind, button))
    panel.cancel()
    wait_for(qtbot, lambda: not panel.is_busy)


def test_the_note_on_the_dark_surround_can_be_read_in_a_light_theme(studio: Studio) -> None:
    studio.place.theme.use("light")
    notes = [each for each in studio.place.view.findChildren(QLabel) if "curves" in each.text()]
    assert notes[-1].palette().windowText().color().lightness() > 150


def test_what_is_missing_is_said_above_the_button(studio: Studio) -> None:
    panel = panel_of(studio)
    assert panel.bar.words == "Choose a folder of photographs first."


@pytest.mark.parametrize(("psnr", "is_use_next"), [(30.5, True), (30.3, False)])
def test_a_network_below_bicubic_is_not_what_to_use_next(
    studio: Studio, photos: Path, psnr: float, is_use_next: bool
) -> None:
    panel = panel_of(studio)
    fill(panel, photos, 1)
    panel.run.report = report_of(photos, psnr)
    panel.run.ended.emit()
    assert panel.bar.use_button.isVisible()
    bottom, top = panel.bar.use_button.geometry().bottom(), panel.bar.start_button.y()
    assert top - bottom > 4  # they touched
    assert (panel.bar.use_button.property("primary") == "true") == is_use_next
    assert (panel.bar.start_button.property("primary") == "true") != is_use_next
    assert ("still below bicubic" in panel.bar.words) != is_use_next
    studio.window.rail.choose("upscale")
    panel.run.ended.emit()
    assert (studio.place.messages.property("kind") == "info") == is_use_next


def test_a_recipe_that_ships_names_its_network(studio: Studio) -> None:
    panel = panel_of(studio)
    box = panel.form.recipes.recipe_box
    titles = [box.itemText(index) for index in range(box.count())]
    assert "SR Studio Photo x2" in titles
    box.setCurrentIndex(titles.index("SR Studio Photo x2"))
    assert (panel.form.recipes.model, panel.form.recipes.scale) == ("photo", 2)
    assert not panel.form.recipes.network_box.isVisible()
