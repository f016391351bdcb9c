"""The window as a user meets it: drops, keys, runs, cancels, saves, bad files, leaving."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QSlider,
)

from sr_studio.errors import SrStudioError
from sr_studio.imaging.region import Region
from sr_studio.ui import commands, main_window
from sr_studio.ui.application import Studio, build_studio, snapshot
from sr_studio.ui.keys_dialog import KeysDialog
from sr_studio.ui.saving import save_dialog
from sr_studio.ui.saving.save_all_dialog import SaveAllDialog
from sr_studio.ui.saving.save_dialog import SaveDialog
from sr_studio.ui.upscale import upscale_runs
from sr_studio.ui.view_bar import ViewBar
from sr_studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.jobs.control import JobContext
    from sr_studio.ui.panels.upscale_panel import UpscalePanel

_TIMEOUT_MS = 8_000


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    studio = build_studio(tmp_path / "settings.json")
    studio.window.resize(1366, 768)
    studio.window.show()
    yield studio
    studio.close()
    studio.window.hide()
    studio.window.deleteLater()
    studio.deleteLater()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "ä photo.png"
    ramp = np.add.outer(np.arange(20), np.arange(24)).astype(np.uint8) * 5
    Image.fromarray(np.stack([ramp, ramp[::-1], 255 - ramp], axis=2)).save(path)
    return path


def panel_of(studio: Studio) -> UpscalePanel:
    return studio.window.active_panel


def test_first_window_is_no_larger_than_the_screen(studio: Studio) -> None:
    studio.window.hide()
    studio.window.resize(4000, 3000)
    studio.window.open()
    assert studio.window.isMaximized()


def test_full_screen_gives_back_the_maximized_window(studio: Studio) -> None:
    studio.window.showMaximized()
    studio.window.actions_by_name["full_screen"].trigger()
    assert studio.window.isFullScreen()
    studio.window.actions_by_name["full_screen"].trigger()
    assert not studio.window.isFullScreen()
    assert studio.window.isMaximized()


def test_the_key_of_the_difference_leads_back(studio: Studio) -> None:
    for mode, other in (("split", "difference"), ("stacked", "flicker")):
        studio.window.actions_by_name[mode].trigger()
        studio.window.actions_by_name[other].trigger()
        assert studio.place.view.mode == other
        studio.window.actions_by_name[other].trigger()
        assert studio.place.view.mode == mode
        assert studio.window.actions_by_name[mode].isChecked()


def test_the_keys_fit_a_small_screen(studio: Studio, qtbot: QtBot) -> None:
    studio.window.actions_by_name["keys"].trigger()
    dialog = studio.window.findChild(KeysDialog)
    assert dialog is not None
    assert dialog.width() <= dialog.screen().availableSize().width()
    dialog.close()


def test_a_squeezed_readout_keeps_its_beginning(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    open_photo(studio, qtbot, photo)
    wait_for(qtbot, lambda: is_idle(studio))
    bar = studio.window.findChild(ViewBar)
    assert bar is not None
    bar.show_readout("x 123, y 456   " + "Bicubic 128 90 71   " * 40)
    shown = [label.text() for label in bar.findChildren(QLabel)]
    assert any(text.startswith("x 1") and text.endswith("…") for text in shown)


def test_settings_outlive_a_program_that_is_killed(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    studio.window.actions_by_name["theme_light"].trigger()
    path = tmp_path / "settings.json"
    wait_for(qtbot, lambda: path.exists() and '"light"' in path.read_text())


def drop(studio: Studio, mime: QMimeData) -> None:
    workspace = studio.window.centralWidget()
    assert isinstance(workspace, Workspace)
    enter = QDragEnterEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(workspace, enter)
    assert enter.isAccepted()
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(workspace, event)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def is_idle(studio: Studio) -> bool:
    return not studio.place.desk.unfinished()


def wait_for(qtbot: QtBot, holds: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(holds()), timeout=_TIMEOUT_MS)


def open_photo(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    drop(studio, files(photo))
    wait_for(qtbot, lambda: studio.place.documents.current is not None)
    wait_for(qtbot, lambda: panel_of(studio).form.picker.has_weights)
    wait_for(qtbot, lambda: studio.place.view.panes)


@dataclass(frozen=True)
class Held:
    """Stands in for the engine: works until it is cancelled or let go."""

    image: object
    settings: object
    region: object = None
    networks: object = None

    entered = threading.Event()

    def run(self, context: JobContext) -> None:
        Held.entered.set()
        context.report(1, 4, "tile 1")
        while True:
            context.checkpoint()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> type[Held]:
    Held.entered.clear()
    monkeypatch.setattr(upscale_runs, "UpscalePictureRequest", Held)
    return Held


def test_importing_the_window_leaves_torch_out() -> None:
    code = "import sys, sr_studio.ui.application as a; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_empty_window_says_what_to_do(studio: Studio) -> None:
    workspace = studio.window.centralWidget()
    assert isinstance(workspace, Workspace)
    assert workspace.empty.isVisible()
    assert not workspace.strip.isVisible()
    assert not panel_of(studio).run_bar.run_button.isEnabled()


def test_the_sample_photo_is_one_click_away(studio: Studio, qtbot: QtBot) -> None:
    workspace = studio.window.centralWidget()
    assert isinstance(workspace, Workspace)
    qtbot.mouseClick(workspace.empty.sample_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: studio.place.view.panes)
    assert workspace.strip.isVisible()


def test_a_dropped_photo_is_enlarged_by_the_real_network(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    qtbot.mouseClick(panel.run_bar.run_button, Qt.MouseButton.LeftButton)
    document = studio.place.documents.current
    assert document is not None
    wait_for(qtbot, lambda: document.state in {"done", "failed"})
    assert document.error is None
    assert document.outcome is not None
    scale = panel.form.size_controls.scale
    assert (document.outcome.image.width, document.outcome.image.height) == (24 * scale, 20 * scale)
    assert panel.check.isVisibleTo(panel)
    panel.check.map_button.click()
    assert len(studio.place.view.panes) == 3
    wait_for(qtbot, lambda: is_idle(studio))


def test_the_region_in_view_comes_before_the_whole(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    wait_for(qtbot, lambda: len(studio.place.view.panes) == 2
             and "preview" in studio.place.view.panes[1].caption)  # fmt: skip
    document = studio.place.documents.current
    assert document is not None
    assert document.outcome is None


def test_a_run_asked_for_before_the_networks_are_listed_waits_for_them(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.form.picker.set_models(())
    assert "listed" in panel.run_bar.run_button.toolTip()
    studio.window.actions_by_name["run"].trigger()
    assert panel.is_busy
    panel.networks.load()
    wait_for(qtbot, lambda: studio.place.documents[0].outcome is not None)
    wait_for(qtbot, lambda: is_idle(studio))


def test_escape_takes_an_early_run_back(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.form.picker.set_models(())
    studio.window.actions_by_name["run"].trigger()
    qtbot.keyClick(studio.window, Qt.Key.Key_Escape)
    assert not panel.is_busy
    panel.networks.load()
    wait_for(qtbot, lambda: panel.form.picker.has_weights and is_idle(studio))
    assert studio.place.documents[0].outcome is None


def test_a_run_without_a_picture_says_so(studio: Studio) -> None:
    studio.window.actions_by_name["run"].trigger()
    assert "Open a photo" in studio.place.messages.text


def test_the_verdict_is_seen_without_scrolling(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert not panel.check.visibleRegion().isEmpty()
    assert panel.check.visibleRegion().boundingRect() == panel.check.rect()
    wait_for(qtbot, lambda: is_idle(studio))


def test_wrong_settings_run_nothing_and_are_told_until_they_are_right(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    wait_for(qtbot, lambda: is_idle(studio))
    panel, messages = panel_of(studio), studio.place.messages
    panel.form.machine.set_values({"tile": "abc"})
    assert "tile size" in messages.text
    panel.run_current()
    assert not panel.is_busy
    assert "tile size" in messages.text
    panel.form.machine.set_values({"tile": "off"})
    assert not messages.isVisible()
    wait_for(qtbot, lambda: is_idle(studio))


def test_a_result_of_other_settings_is_called_so(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "Done" in panel.run_bar.words
    panel.form.look.set_values({"strength": 0.3})
    wait_for(qtbot, lambda: "other settings" in panel.run_bar.words)
    wait_for(qtbot, lambda: is_idle(studio))


def test_tiles_of_another_recipe_stay_off_the_canvas(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.run_current()
    panel.form.truth.switch.setChecked(True)
    seen: list[object] = []
    monkeypatch.setattr(panel.stage, "add_tiles", seen.append)
    panel.runs.tiles_ready.emit(None)
    assert panel.is_busy
    assert seen == []
    wait_for(qtbot, lambda: is_idle(studio))


def test_a_view_of_the_border_alone_has_no_figures_and_no_error(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).form.truth.switch.setChecked(True)
    wait_for(qtbot, lambda: "view" in studio.place.view.panes[0].caption)
    studio.place.view.view_changed.emit(Region(0, 0, 1, 1))
    wait_for(qtbot, lambda: "view" not in studio.place.view.panes[0].caption)
    wait_for(qtbot, lambda: is_idle(studio))
    assert not studio.place.messages.isVisible()


def test_ground_truth_of_one_pixel_names_no_size(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "one.png"
    Image.new("RGB", (1, 1)).save(path)
    open_photo(studio, qtbot, path)
    panel_of(studio).form.truth.switch.setChecked(True)
    assert panel_of(studio).form.size_controls.result_text == ""
    wait_for(qtbot, lambda: is_idle(studio))
    assert "cannot be made" in studio.place.messages.text


def test_closing_the_last_picture_ends_its_measuring(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).form.truth.switch.setChecked(True)
    wait_for(qtbot, lambda: len(studio.place.view.panes) == 3)
    studio.place.documents.remove(studio.place.documents[0])
    wait_for(qtbot, lambda: is_idle(studio))
    assert studio.commands.report is None


def test_another_picture_is_shown_whole(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    open_photo(studio, qtbot, photo)
    studio.place.view.set_zoom(2.0)
    drop(studio, files(second))
    wait_for(qtbot, lambda: len(studio.place.documents) == 2)
    wait_for(qtbot, lambda: studio.place.documents[1].source is not None and is_idle(studio))
    assert studio.place.view.state.is_fit


def test_ground_truth_mode_measures_each_pane(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    open_photo(studio, qtbot, photo)
    panel = panel_of(studio)
    panel.form.truth.switch.setChecked(True)
    wait_for(qtbot, lambda: len(studio.place.view.panes) == 3)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    wait_for(qtbot, lambda: all("dB" in pane.caption for pane in studio.place.view.panes[:2]))
    assert studio.place.view.panes[2].source.width == 24
    wait_for(qtbot, lambda: is_idle(studio))


def test_a_text_file_named_jpg_is_told_and_harms_nothing(
    studio: Studio, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    fake = tmp_path / "notes.jpg"
    fake.write_text("not a picture")
    drop(studio, files(fake))
    wait_for(qtbot, lambda: studio.place.messages.text)
    assert studio.place.documents[0].state == "failed"
    assert fake.read_text() == "not a picture"
    open_photo(studio, qtbot, photo)
    states = [document.state for document in studio.place.documents]
    assert states[0] == "failed"
    assert states[1] in {"waiting", "done"}


def test_a_folder_is_searched(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    drop(studio, files(photo.parent))
    wait_for(qtbot, lambda: len(studio.place.documents) == 1)
    assert studio.place.documents[0].path == photo


def test_an_address_alone_is_explained(studio: Studio, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.jpg")])
    drop(studio, mime)
    assert "address" in studio.place.messages.text
    assert len(studio.place.documents) == 0


def test_paste_opens_a_copied_picture(studio: Studio, qtbot: QtBot) -> None:
    image = QImage(9, 7, QImage.Format.Format_RGB32)
    image.fill(QColor("orange"))
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(studio.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: len(studio.place.documents) == 1)
    assert studio.place.documents[0].dimensions == (9, 7)
    QGuiApplication.clipboard().clear()


def test_escape_cancels_in_the_middle(
    studio: Studio, qtbot: QtBot, photo: Path, held: type[Held]
) -> None:
    open_photo(studio, qtbot, photo)
    qtbot.keyClick(studio.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    document = studio.place.documents.current
    assert document is not None
    wait_for(qtbot, held.entered.is_set)
    wait_for(qtbot, lambda: document.state == "running" and document.fraction > 0)
    qtbot.keyClick(studio.window, Qt.Key.Key_Escape)
    wait_for(qtbot, lambda: not panel_of(studio).is_busy)
    assert document.state == "waiting"
    assert document.outcome is None


def test_leaving_during_a_job_asks_and_cancel_stays(
    studio: Studio, qtbot: QtBot, photo: Path, held: type[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).run_current()
    wait_for(qtbot, held.entered.is_set)
    answers = iter([False, True])
    monkeypatch.setattr(main_window, "confirm", lambda *_args, **_words: next(answers))
    assert not studio.window.close()
    assert panel_of(studio).is_busy
    assert studio.window.close()  # ends the job: the leak fixture finds a thread otherwise
    assert next(answers, None) is None


def test_one_failure_does_not_end_upscale_all(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    open_photo(studio, qtbot, photo)
    drop(studio, files(second))
    wait_for(qtbot, lambda: len(studio.place.documents) == 2)
    wait_for(qtbot, lambda: studio.place.documents[1].state == "waiting")
    second.write_bytes(b"gone bad")
    studio.place.documents[1].source = None
    studio.place.documents.show(studio.place.documents[0])
    wait_for(qtbot, lambda: is_idle(studio))
    panel_of(studio).run_all()
    wait_for(qtbot, lambda: not panel_of(studio).is_busy)
    assert [d.state for d in studio.place.documents] == ["done", "failed"]
    assert isinstance(studio.place.documents[1].error, SrStudioError)
    wait_for(qtbot, lambda: is_idle(studio))


def test_save_writes_the_file_and_asks_before_replacing(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).run_current()
    document = studio.place.documents.current
    assert document is not None
    wait_for(qtbot, lambda: document.outcome is not None)
    target = photo.with_name("result.png")
    target.write_bytes(b"precious")
    asked: list[str] = []

    def answer(_parent: object, title: str, *_args: object, **_words: str) -> bool:
        asked.append(title)
        return False

    monkeypatch.setattr(save_dialog, "confirm", answer)

    def fill_in() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SaveDialog)
        dialog.name_line.setText("result.png")
        dialog.folder_line.setText(str(photo.parent))
        dialog.accept()
        assert dialog.isVisible()  # "no" keeps it open
        dialog.name_line.setText("other")
        dialog.form.set_format("jpeg")
        dialog.accept()

    QTimer.singleShot(0, fill_in)
    qtbot.keyClick(studio.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: document.is_saved)
    assert len(asked) == 1
    assert target.read_bytes() == b"precious"
    with Image.open(photo.with_name("other.jpg")) as saved:
        assert saved.format == "JPEG"
    wait_for(qtbot, lambda: is_idle(studio))


def test_an_unforeseen_error_shows_a_report_and_the_window_lives(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Held):
        def run(self, context: JobContext) -> None:
            raise RuntimeError("a fault in the engine")

    open_photo(studio, qtbot, photo)
    monkeypatch.setattr(upscale_runs, "UpscalePictureRequest", Broken)
    panel_of(studio).run_current()
    wait_for(qtbot, lambda: studio.commands.report is not None)
    report = studio.commands.report
    assert report is not None
    assert "a fault in the engine" in report.report
    report.reject()
    assert studio.window.isVisible()
    assert studio.place.documents[0].state == "failed"


def test_tab_hides_the_panels_from_the_canvas_and_walks_elsewhere(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    open_photo(studio, qtbot, photo)
    studio.window.activateWindow()
    studio.place.view.setFocus()
    qtbot.keyClick(studio.place.view, Qt.Key.Key_Tab)
    assert not studio.window.settings_dock.isVisible()
    qtbot.keyClick(studio.place.view, Qt.Key.Key_Tab)
    assert studio.window.settings_dock.isVisible()
    panel = panel_of(studio)
    panel.form.picker.setFocus()
    before = studio.window.focusWidget()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert studio.window.settings_dock.isVisible()
    assert studio.window.focusWidget() is not before


def test_arrows_walk_the_film_strip_and_delete_removes(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    drop(studio, files(photo, second))
    wait_for(qtbot, lambda: len(studio.place.documents) == 2)
    workspace = studio.window.centralWidget()
    assert isinstance(workspace, Workspace)
    workspace.strip.setFocus()
    qtbot.keyClick(workspace.strip, Qt.Key.Key_Right)
    assert studio.place.documents.current is studio.place.documents[1]
    qtbot.keyClick(workspace.strip, Qt.Key.Key_Delete)
    assert len(studio.place.documents) == 1
    assert second.exists()
    wait_for(qtbot, lambda: is_idle(studio))


def test_the_keys_are_listed_on_a_question_mark(studio: Studio, qtbot: QtBot) -> None:
    qtbot.keyClick(studio.window, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    dialog = studio.window.findChild(KeysDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()


def test_every_control_has_a_name_for_screen_readers(studio: Studio) -> None:
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QSlider, QLineEdit)
    nameless = [
        widget
        for kind in kinds
        for widget in studio.window.findChildren(kind)
        if not widget.objectName().startswith("qt_")
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert nameless == []


def test_the_window_fits_a_small_laptop(studio: Studio) -> None:
    hint = studio.window.minimumSizeHint()
    assert hint.width() <= 1366
    assert hint.height() <= 768 - 40  # a task bar


def test_settings_are_kept(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    panel = panel_of(studio)
    wait_for(qtbot, lambda: panel.form.picker.model is not None)
    panel.form.look.set_values({"strength": 0.4})
    studio.window.actions_by_name["theme_light"].trigger()
    assert studio.window.close()
    again = build_studio(tmp_path / "settings.json")
    assert again.place.theme.theme == "light"
    assert again.window.active_panel.form.look.values()["strength"] == pytest.approx(0.4)  # type: ignore[attr-defined]
    again.close()
    again.window.deleteLater()
    again.deleteLater()


def test_a_snapshot_is_a_picture_of_the_window(studio: Studio, tmp_path: Path) -> None:
    snapshot(studio, tmp_path / "window.png")
    with Image.open(tmp_path / "window.png") as picture:
        assert picture.width >= 1366


def test_closing_an_unsaved_result_asks(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).run_current()
    wait_for(qtbot, lambda: studio.place.documents[0].outcome is not None)
    answers = iter([False, False, True])
    for module in (commands, main_window):
        monkeypatch.setattr(module, "confirm", lambda *_args, **_words: next(answers))
    studio.window.actions_by_name["close"].trigger()
    assert len(studio.place.documents) == 1
    assert not studio.window.close()
    wait_for(qtbot, lambda: is_idle(studio))


def test_save_all_shows_names_and_numbers_what_is_taken(
    studio: Studio, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).run_current()
    document = studio.place.documents[0]
    wait_for(qtbot, lambda: document.outcome is not None)
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "ä photo-001.png").write_bytes(b"precious")
    shown: list[str] = []

    def fill_in() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SaveAllDialog)
        dialog.template_line.setText("{nonsense}")
        assert dialog.names.count() == 0
        dialog.folder_line.setText(str(folder))
        dialog.template_line.setText("{name}-{counter}")
        shown.append(dialog.names.item(0).text())
        dialog.accept()

    QTimer.singleShot(0, fill_in)
    studio.window.actions_by_name["save_all"].trigger()
    wait_for(qtbot, lambda: document.is_saved)
    assert shown == ["ä photo-001 (2).png"]
    assert (folder / "ä photo-001.png").read_bytes() == b"precious"
    assert (folder / "ä photo-001 (2).png").stat().st_size > 100
    wait_for(qtbot, lambda: is_idle(studio))


def test_the_comparison_sheet_holds_all_three_versions(
    studio: Studio, qtbot: QtBot, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(studio, qtbot, photo)
    panel_of(studio).form.truth.switch.setChecked(True)
    panel_of(studio).run_current()
    wait_for(qtbot, lambda: studio.place.documents[0].outcome is not None)
    target = tmp_path / "sheet.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(target), ""))
    studio.window.actions_by_name["sheet"].trigger()
    wait_for(qtbot, lambda: "sheet.png" in studio.place.messages.text)
    with Image.open(target) as sheet:
        assert sheet.width > 3 * 24
    wait_for(qtbot, lambda: is_idle(studio))


def test_the_theme_changes_palette_and_icons_at_once(studio: Studio) -> None:
    theme = studio.place.theme
    seen: list[str] = []
    theme.changed.connect(lambda: seen.append(theme.colours.name))
    for name in ("light", "dark"):
        studio.window.actions_by_name[f"theme_{name}"].trigger()
        window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
        assert window.name() == theme.colours.window
    assert seen == ["light", "dark"]


def test_where_the_system_has_no_opinion_the_tool_is_dark(studio: Studio) -> None:
    studio.place.theme.use("system")
    assert studio.place.theme.colours.name == "dark"
