"""A restoration as the user sees it: start, watch, travel in time, stop, go on after a kill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from sr_studio.resource_files import data_folder
from sr_studio.tasks._restore_runs import RunFolder
from sr_studio.ui.restore.restore_run import RestoreDetail, RestoreFiles
from tests.helpers.studios import open_studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.application import Studio
    from sr_studio.ui.panels.restore_panel import RestorePanel


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[0:48, 0:64]
    values = 128 + 80 * np.sin(x / 9)[..., None] * np.cos(y / 7)[..., None] * np.ones(3)
    noise = np.random.default_rng(0).normal(0, 20, values.shape)
    path = tmp_path / "grainy.png"
    Image.fromarray(np.clip(values + noise, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path, photo: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "settings.json") as studio:
        studio.window.rail.choose("restore")
        studio.loader.open_paths([photo])
        wait_for(
            qtbot, lambda: studio.place.documents.current and studio.place.documents.current.source
        )
        yield studio


def panel_of(studio: Studio) -> RestorePanel:
    panel: Any = studio.window.active_panel
    return panel


def hurry(panel: RestorePanel, iterations: int) -> None:
    panel.form.numbers.set_values({"iterations": iterations, "tile": "off", "device": "cpu"})
    panel.form.stop.setChecked(False)


def test_run_is_watched_and_becomes_the_result(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 30)
    panel.bar.start_button.click()
    assert panel.is_busy
    wait_for(qtbot, lambda: panel.run.preview is not None)
    assert panel.board is not None
    assert panel.board.isVisible()
    assert studio.place.middle.strip.isVisible()
    assert not panel.form.task.isEnabled()
    assert panel.form.numbers.widget("learning_rate").isEnabled()
    wait_for(qtbot, lambda: not panel.is_busy)
    document = studio.place.documents.current
    assert document is not None
    assert document.outcome is not None
    assert document.outcome.image.pixels.shape == (48, 64, 3)
    assert document.state == "done"
    assert "All 30 iterations are done" in panel.bar.words
    assert panel.bar.use_button.isVisible()
    wait_for(qtbot, lambda: len(studio.place.view.panes) == 3)
    titles = [pane.title for pane in studio.place.view.panes]
    assert titles == ["Original", "Restored", "Without network"]


def test_earlier_moment_is_looked_at_kept_and_pinned(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 60)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    board = panel.board
    assert board is not None
    first = panel.run.moments[0]
    assert first < 60
    board.slider.setValue(0)
    wait_for(qtbot, lambda: f"iteration {first:,}" in studio.place.view.panes[1].caption)
    board.keep_button.click()
    document = studio.place.documents.current
    assert document is not None
    assert document.outcome is not None
    detail = document.outcome.detail
    assert isinstance(detail, RestoreDetail)
    assert detail.iteration == first
    kept = RunFolder(panel.run.folder or data_folder()).moment(first)
    np.testing.assert_array_equal(document.outcome.image.pixels, kept)
    board.pin_button.click()
    wait_for(qtbot, lambda: len(studio.place.documents) == 2)
    pinned = studio.place.documents[1]
    assert pinned.title == f"grainy.png, iteration {first}"
    assert pinned.thumbnail is not None


def test_finish_keeps_and_cancel_discards(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 20_000)
    panel.run_current()
    wait_for(qtbot, lambda: panel.run.preview is not None)
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    document = studio.place.documents.current
    assert document is not None
    outcome = document.outcome
    assert outcome is not None
    assert "Stopped after" in panel.bar.words
    panel.run_current()
    folder = panel.run.folder
    wait_for(qtbot, lambda: panel.run.preview is not None)
    panel.bar.cancel_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert document.outcome is outcome
    assert folder is not None
    assert not folder.exists()


def test_dials_reach_the_running_fit(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 20_000)
    panel.run_current()
    wait_for(qtbot, lambda: panel.run.preview is not None)
    panel.form.numbers.widget("learning_rate").set_value(0.0)
    panel.form.numbers.widget("input_noise").set_value(0.0)

    def stands_still() -> bool:
        preview = panel.run.preview
        return preview is not None and np.ptp(preview.curves.column("loss")[-20:]) < 1e-7

    wait_for(qtbot, stands_still)
    panel.cancel()
    wait_for(qtbot, lambda: not panel.is_busy)


def test_run_that_was_cut_off_is_offered_and_goes_on(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 40)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    folder = panel.run.folder
    assert folder is not None
    run = RunFolder(folder)
    description = run.description()
    assert description is not None
    # as a kill leaves it: a checkpoint, and no word that it is finished
    longer = description.settings | {"iterations": 50}
    run.describe(replace(description, is_finished=False, settings=longer))
    studio.window.rail.choose("upscale")
    studio.window.rail.choose("restore")
    assert "cut off" in studio.place.messages.text
    (action,) = [
        button
        for button in studio.place.messages.findChildren(QPushButton)
        if button.text() == "Go on"
    ]
    action.click()
    wait_for(qtbot, lambda: panel.run.restored is not None and not panel.is_busy)
    assert panel.run.folder == folder
    restored = panel.run.restored
    assert restored is not None
    assert restored.restoration.iterations == 50
    assert len(restored.restoration.curves.values) == 50


def test_closing_keeps_a_run_though_one_was_discarded_before(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 20_000)
    panel.run_current()
    wait_for(qtbot, lambda: panel.run.preview is not None)
    panel.bar.cancel_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    document = studio.place.documents.current
    assert document is not None
    panel.run.start(document, panel.form.settings(), RestoreFiles())  # as "Go on" does
    folder = panel.run.folder
    assert folder is not None
    wait_for(qtbot, lambda: panel.run.preview is not None)
    for job in studio.place.desk.unfinished():  # as closing the window does
        job.cancel()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert folder.exists()


def test_run_of_a_picture_that_is_another_now_is_kept_and_refused(
    studio: Studio, qtbot: QtBot
) -> None:
    panel = panel_of(studio)
    hurry(panel, 10)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    folder, document = panel.run.folder, studio.place.documents.current
    assert folder is not None
    assert document is not None
    run = RunFolder(folder)
    description = run.description()
    assert description is not None
    run.describe(replace(description, digest="of another"))
    panel.run.start(document, panel.form.settings(), RestoreFiles(), folder=folder)
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "another picture" in studio.place.messages.text
    assert (folder / "checkpoint.pt").exists()


def test_cost_is_told_before_the_start(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    wait_for(qtbot, lambda: "on this machine" in panel.form.cost.text())
    assert "600 iterations" in panel.form.cost.text()


def test_what_is_missing_is_said(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.form.task.setCurrentIndex(panel.form.task.findData("flash"))
    assert not panel.bar.start_button.isEnabled()
    panel.form.task.setCurrentIndex(panel.form.task.findData("inpaint"))
    hurry(panel, 5)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "missing is not said" in studio.place.messages.text
    document = studio.place.documents.current
    assert document is not None
    assert document.state == "failed"


def test_working_size_is_told_and_brought_back(
    studio: Studio, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    panel = panel_of(studio)
    wait_for(qtbot, lambda: "64 × 48 px" in panel.form.cost.text())
    hurry(panel, 20)
    panel.form.working.set_values({"working_px": 32})
    wait_for(qtbot, lambda: "20 iterations at 32 × 24 px" in panel.form.cost.text())
    panel.form.truth_field.set_path(photo)
    panel.run_current()
    wait_for(qtbot, lambda: panel.run.preview is not None)
    wait_for(qtbot, lambda: "dB at the working size" in studio.place.view.panes[1].caption)
    wait_for(qtbot, lambda: not panel.is_busy)
    document = studio.place.documents.current
    assert document is not None
    assert document.outcome is not None
    assert document.outcome.image.pixels.shape == (48, 64, 3)
    assert "fitted at 32 × 24 px" in panel.bar.words
    assert "At full size it has" in panel.bar.words


def test_working_size_is_offered_where_it_can_be(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    hurry(panel, 20)
    panel.form.working.set_values({"working_px": 100})
    panel.form.task.setCurrentIndex(panel.form.task.findData("enlarge"))
    wait_for(qtbot, lambda: "nothing to enlarge" in panel.form.cost.text())
    panel.form.task.setCurrentIndex(panel.form.task.findData("invert"))
    assert not panel.form.working.isVisible()
    assert panel.form.settings().working_px == 0
