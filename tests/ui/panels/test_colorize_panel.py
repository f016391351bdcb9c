"""Colouring as the user does it; without the weights of any network."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from sr_studio.engines.colorization.hints import Hint, hints_path, read_hints, write_hints
from sr_studio.errors import WeightsError
from sr_studio.tasks import _colorize_pictures
from sr_studio.ui.network_list import NetworkList
from tests.helpers.colorizers import TinyColorizers
from tests.helpers.studios import open_studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from sr_studio.editing.hint_layer import HintLayer
    from sr_studio.jobs.control import JobContext
    from sr_studio.ui.application import Studio
    from sr_studio.ui.panels.colorize_panel import ColorizePanel

SIZE = (160, 120)
RED = (45.0, 30.0)
_NONE = Qt.KeyboardModifier.NoModifier
_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_LEFT = Qt.MouseButton.LeftButton


def write_picture(path: Path, mode: str = "gray", phase: float = 0.0) -> Path:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    waves = 0.5 + 0.2 * np.sin(x / 19 + phase) + 0.2 * np.cos(y / 17)
    if mode == "colour":
        tint = np.stack([waves, waves**1.3, waves**1.6], -1)
        Image.fromarray((255 * tint).astype(np.uint8)).save(path)
    elif mode == "deep":
        Image.fromarray((65535 * waves).astype(np.uint16)).save(path)
    else:
        Image.fromarray((255 * waves).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setattr(NetworkList, "load", lambda _self: None)  # counting parameters takes long
    with open_studio(tmp_path / "settings.json") as studio:
        studio.window.rail.choose("colorize")
        panel = panel_of(studio)
        panel.finder.colorizers = TinyColorizers()
        panel.form.fine.set_values({"working_px": 64})
        panel.form.how.set_values({"method": "levin"})
        yield studio


def panel_of(studio: Studio) -> ColorizePanel:
    panel: Any = studio.window.active_panel
    return panel


def open_picture(studio: Studio, qtbot: QtBot, path: Path) -> None:
    """Open it and wait for its first colours."""
    studio.loader.open_paths([path])
    documents = studio.place.documents
    wait_for(qtbot, lambda: documents.find(path) and documents.find(path).source)  # type: ignore[union-attr]
    document = documents.find(path)
    assert document is not None
    documents.show(document)
    settle(studio, qtbot)
    studio.place.view.set_zoom(1.0)


def settle(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    wait_for(qtbot, lambda: not panel.finder.is_at_work and not panel.is_busy)


@pytest.fixture
def photo(studio: Studio, qtbot: QtBot, tmp_path: Path) -> Path:
    path = write_picture(tmp_path / "photo.png")
    open_picture(studio, qtbot, path)
    return path


def canvas_of(studio: Studio) -> QWidget:
    return studio.place.view._views.shown[0]


def at(studio: Studio, x: float, y: float) -> QPoint:
    place = studio.place.view.state.view.to_view(x, y)
    ratio = studio.place.view.devicePixelRatioF()
    return QPoint(round(place[0] / ratio), round(place[1] / ratio))


def click(studio: Studio, x: int, y: int, modifiers: Qt.KeyboardModifier = _NONE) -> None:
    QTest.mouseClick(canvas_of(studio), _LEFT, modifiers, at(studio, x, y))


def drag(studio: Studio, start: tuple[int, int], end: tuple[int, int]) -> None:
    QTest.mousePress(canvas_of(studio), _LEFT, _NONE, at(studio, *start))
    QTest.mouseMove(canvas_of(studio), at(studio, *end))
    QTest.mouseRelease(canvas_of(studio), _LEFT, _NONE, at(studio, *end))


def put(studio: Studio, x: int, y: int, ab: tuple[float, float] = RED) -> None:
    """Click a hint into the picture and give it a colour."""
    click(studio, x, y)
    panel_of(studio).form.colours.chosen.emit(*ab)
    panel_of(studio).form.colours.settled.emit()


def layer_of(studio: Studio) -> HintLayer:
    session = panel_of(studio).session
    assert session is not None
    return session.layer


def colour_at(studio: Studio, x: int, y: int) -> tuple[float, float]:
    session = panel_of(studio).session
    assert session is not None
    return session.colour_at(x, y)


def titles(studio: Studio) -> list[str]:
    return [pane.title for pane in studio.place.view.panes]


def undo(studio: Studio) -> None:
    studio.window.actions_by_name["undo"].trigger()


def redo(studio: Studio) -> None:
    studio.window.actions_by_name["redo"].trigger()


def keep(studio: Studio) -> None:
    """Do what happens when the hand has come to rest."""
    keeping = panel_of(studio).files._timer
    assert keeping.isActive()
    keeping.timeout.emit()
    assert not keeping.isActive()


class Messages:
    """Counts what the message bar was told."""

    def __init__(self, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[str] = []
        tell = studio.place.messages.tell

        def count(kind: Any, message: str, advice: str = "", **rest: Any) -> None:
            self.told.append(message)
            assert advice or kind == "info"
            tell(kind, message, advice, **rest)

        monkeypatch.setattr(studio.place.messages, "tell", count)


@pytest.fixture
def messages(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Messages:
    return Messages(studio, monkeypatch)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds the work on full pictures until it is set."""
    gate = threading.Event()
    run = _colorize_pictures.PutColoursRequest.run

    def wait_and_run(request: Any, context: JobContext) -> Any:
        while not gate.wait(0.005):
            context.checkpoint()
        return run(request, context)

    monkeypatch.setattr(_colorize_pictures.PutColoursRequest, "run", wait_and_run)
    yield gate
    gate.set()


def test_colours_follow_the_hints(studio: Studio, photo: Path, qtbot: QtBot) -> None:
    panel, actions = panel_of(studio), studio.window.actions_by_name
    assert titles(studio) == ["Gray", "Colorized"]
    assert colour_at(studio, 50, 60) == (0.0, 0.0)
    assert not actions["undo"].isEnabled()
    put(studio, 40, 60)
    assert layer_of(studio).hints == (Hint(((40.0, 60.0),), 2.0, RED),)
    assert panel.tool.index == 0
    assert panel.form.colours.plane.isVisibleTo(panel)
    settle(studio, qtbot)
    assert colour_at(studio, 40, 60) == pytest.approx(RED, abs=1)
    assert colour_at(studio, 120, 60)[0] > 10, "Levin's spreads over all of the picture"
    put(studio, 120, 60, (-40.0, 20.0))
    settle(studio, qtbot)
    assert colour_at(studio, 120, 60) == pytest.approx((-40.0, 20.0), abs=1)
    assert colour_at(studio, 40, 60) == pytest.approx(RED, abs=1)
    assert actions["undo"].text().endswith("Colour of the hint")
    for _ in range(4):
        undo(studio)
    assert layer_of(studio).hints == ()
    assert not actions["undo"].isEnabled()
    settle(studio, qtbot)
    assert colour_at(studio, 40, 60) == (0.0, 0.0)
    for _ in range(4):
        redo(studio)
    settle(studio, qtbot)
    assert colour_at(studio, 120, 60) == pytest.approx((-40.0, 20.0), abs=1)
    assert not actions["redo"].isEnabled()


def test_a_look_around_the_plane_is_one_step(studio: Studio, photo: Path) -> None:
    panel = panel_of(studio)
    click(studio, 40, 60)
    for step in range(5):
        panel.form.colours.chosen.emit(4.0 * step, 0.0)
    panel.form.colours.settled.emit()
    panel.form.colours.chosen.emit(0.0, 30.0)
    panel.form.colours.settled.emit()
    for radius in (20, 25, 30):
        panel.form.hints.radius_spin.setValue(radius)
    assert panel.tool.hint == Hint(((40.0, 60.0),), 30.0, (0.0, 30.0))
    undo(studio)
    assert panel.tool.hint == Hint(((40.0, 60.0),), 2.0, (0.0, 30.0))
    undo(studio)
    assert panel.tool.hint == Hint(((40.0, 60.0),), 2.0, (16.0, 0.0))
    undo(studio)
    assert panel.tool.hint == Hint(((40.0, 60.0),), 2.0, (0.0, 0.0))
    redo(studio)
    panel.form.colours.chosen.emit(50.0, 0.0)  # not in the step that was done again
    undo(studio)
    assert panel.tool.hint == Hint(((40.0, 60.0),), 2.0, (16.0, 0.0))
    for radius in (20, 25):
        panel.form.hints.radius_spin.setValue(radius)
        keep(studio)
    undo(studio)
    assert panel.tool.hint is not None
    assert panel.tool.hint.radius_px == 20, "there was a rest between both"


def test_the_same_hint_stays_selected_when_others_go(studio: Studio, photo: Path) -> None:
    panel = panel_of(studio)
    for x in (30, 80, 130):
        click(studio, x, 60)
    click(studio, 30, 60, _CTRL)
    click(studio, 130, 60)
    last = panel.tool.hint
    assert last is not None
    assert panel.tool.index == 1
    undo(studio)
    assert len(layer_of(studio).hints) == 3
    assert panel.tool.hint == last
    redo(studio)
    assert panel.tool.hint == last
    for _ in range(2):
        undo(studio)
    assert panel.tool.hint is None, "the third was taken back"
    assert not panel.form.hints.remove_button.isEnabled()


def test_escape_leaves_the_drag_then_the_hint(studio: Studio, photo: Path) -> None:
    panel, cancel = panel_of(studio), studio.window.actions_by_name["cancel"]
    click(studio, 40, 60)
    before = layer_of(studio).hints
    QTest.mousePress(canvas_of(studio), _LEFT, _NONE, at(studio, 40, 60))
    QTest.mouseMove(canvas_of(studio), at(studio, 90, 60))
    assert layer_of(studio).hints != before
    cancel.trigger()
    QTest.mouseRelease(canvas_of(studio), _LEFT, _NONE, at(studio, 90, 60))
    assert layer_of(studio).hints == before
    assert panel.tool.index == 0
    cancel.trigger()
    assert panel.tool.index is None
    assert not panel.form.colours.plane.isVisibleTo(panel)
    click(studio, 120, 60)
    both = layer_of(studio).hints
    for act in (undo, redo):  # while it is dragged, both only put it back
        QTest.mousePress(canvas_of(studio), _LEFT, _NONE, at(studio, 40, 60))
        QTest.mouseMove(canvas_of(studio), at(studio, 90, 60))
        act(studio)
        QTest.mouseRelease(canvas_of(studio), _LEFT, _NONE, at(studio, 90, 60))
        assert layer_of(studio).hints in (both, before)
        act(studio)
    assert layer_of(studio).hints == both


def test_colours_are_taken_from_elsewhere(
    studio: Studio, photo: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = panel_of(studio)
    put(studio, 40, 60)
    put(studio, 120, 60, (-40.0, 20.0))
    settle(studio, qtbot)
    click(studio, 40, 60, _ALT)
    assert panel.tool.index == 1
    assert panel.tool.hint is not None
    assert panel.tool.hint.ab == pytest.approx(RED, abs=1)
    assert panel.form.colours.recent.buttons[0].toolTip() == "a 45, b 30"
    panel.reference.take(write_picture(tmp_path / "beach.png", "colour"))
    wait_for(qtbot, lambda: panel.form.reference.photo.isVisibleTo(panel.form.widget()))
    found = panel.session.found if panel.session else None
    QTest.mouseClick(panel.form.reference.photo, _LEFT, pos=QPoint(130, 75))
    assert panel.tool.hint.ab != pytest.approx(RED, abs=1)
    panel.tool.select(None)
    panel.form.reference.sampled.emit(-5.0, -50.0)
    click(studio, 80, 20, _ALT)
    assert len(layer_of(studio).hints) == 2
    click(studio, 80, 100)
    assert panel.form.colours.recent.buttons[1].toolTip() == "a -5, b -50"
    undo(studio)
    undo(studio)
    settle(studio, qtbot)
    assert panel.session is not None
    assert panel.session.found is not found


def test_the_network_suggests_places_and_colours(studio: Studio, photo: Path, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    assert not panel.form.hints.suggest_button.isEnabled()
    panel.form.how.set_values({"method": "network"})
    settle(studio, qtbot)
    assert colour_at(studio, 80, 60) != (0.0, 0.0)
    assert panel.form.hints.suggest_button.isEnabled()
    panel.form.hints.suggest_button.click()
    panel.form.hints.suggest_button.click()
    one, other = (hint.points[0] for hint in layer_of(studio).hints)
    assert np.hypot(one[0] - other[0], one[1] - other[1]) > 10
    assert panel.form.colours.likely.buttons
    panel.form.colours.likely.buttons[0].click()
    assert panel.session is not None
    assert panel.tool.hint is not None
    assert panel.tool.hint.ab == panel.session.palette_at(*other)[0].ab
    panel.form.unsure_box.click()
    settle(studio, qtbot)
    assert titles(studio) == ["Gray", "Colorized", "Unsure"]
    panel.form.how.set_values({"method": "levin"})
    settle(studio, qtbot)
    assert titles(studio) == ["Gray", "Colorized"]
    assert not panel.form.colours.likely.buttons


def test_hints_are_kept_beside_the_picture(
    studio: Studio, photo: Path, qtbot: QtBot, messages: Messages
) -> None:
    panel, path = panel_of(studio), hints_path(photo)
    put(studio, 40, 60)
    assert not path.exists()
    keep(studio)
    put(studio, 120, 60)
    hints = layer_of(studio).hints
    studio.place.documents.remove(studio.place.documents[0])  # before they were written
    assert read_hints(path, SIZE) == hints
    assert panel.session is None
    assert panel.tool.hint is None
    open_picture(studio, qtbot, photo)
    assert layer_of(studio).hints == hints
    assert not studio.window.actions_by_name["undo"].isEnabled()
    assert colour_at(studio, 40, 60) == pytest.approx(RED, abs=1)
    panel.form.hints.clear_button.click()
    keep(studio)
    assert not path.exists()
    undo(studio)
    keep(studio)
    assert read_hints(path, SIZE) == hints
    for x in (40, 120):
        click(studio, x, 60, _CTRL)
    keep(studio)
    assert not path.exists()
    assert messages.told == []


def test_hints_are_written_when_the_program_ends(
    qtbot: QtBot, tmp_path: Path, studio: Studio, photo: Path
) -> None:
    put(studio, 40, 60)
    studio.window._may_leave = lambda *_: True  # type: ignore[method-assign]  # no dialog
    studio.window.close()
    assert len(read_hints(hints_path(photo), SIZE)) == 1


def test_a_damaged_file_of_hints_is_told_once_and_put_aside(
    studio: Studio, qtbot: QtBot, tmp_path: Path, messages: Messages
) -> None:
    path = hints_path(tmp_path / "photo.png")
    path.write_text("{ damaged")
    open_picture(studio, qtbot, write_picture(tmp_path / "photo.png"))
    assert len(messages.told) == 1
    assert "photo.png.hints.json" in studio.place.messages.text
    studio.window.rail.choose("inpaint")
    studio.window.rail.choose("colorize")
    settle(studio, qtbot)
    assert len(messages.told) == 1
    assert path.read_text() == "{ damaged", "nothing was hinted yet"
    put(studio, 40, 60)
    keep(studio)
    assert len(read_hints(path, SIZE)) == 1
    assert path.with_name("photo.png.hints.json.unread").read_text() == "{ damaged"
    settle(studio, qtbot)
    assert colour_at(studio, 40, 60) == pytest.approx(RED, abs=1)
    assert len(messages.told) == 1


def test_another_panel_does_not_read_hints(
    studio: Studio, qtbot: QtBot, tmp_path: Path, messages: Messages
) -> None:
    panel = panel_of(studio)
    studio.window.rail.choose("inpaint")
    hints_path(tmp_path / "photo.png").write_text("{ damaged")
    studio.loader.open_paths([write_picture(tmp_path / "photo.png")])
    wait_for(
        qtbot, lambda: studio.place.documents.current and studio.place.documents.current.source
    )
    panel.form.strength.set_values({"saturation": 0.5})
    assert not panel.finder.is_at_work
    assert messages.told == []
    studio.window.rail.choose("colorize")
    assert len(messages.told) == 1
    settle(studio, qtbot)
    assert titles(studio) == ["Gray", "Colorized"]


@pytest.mark.parametrize("has_hints", [True, False])
def test_a_folder_that_refuses_is_told_once(
    studio: Studio,
    photo: Path,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    has_hints: bool,
) -> None:
    put(studio, 40, 60)
    if not has_hints:
        keep(studio)
        panel_of(studio).form.hints.clear_button.click()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("open", "unlink", "replace"):
        monkeypatch.setattr(Path, name, refuse)
    keep(studio)
    assert len(messages.told) == 1
    assert "you may not write there" in messages.told[0]
    panel_of(studio).files.keep()
    assert len(messages.told) == 1
    monkeypatch.undo()
    put(studio, 120, 60)
    keep(studio)
    assert read_hints(hints_path(photo), SIZE) == layer_of(studio).hints


def test_hints_are_loaded_and_saved_by_name(
    studio: Studio,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    messages: Messages,
) -> None:
    panel, path = panel_of(studio), tmp_path / "other.json"
    chosen: list[str] = [""]
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (chosen[0], ""))
    put(studio, 40, 60)
    own = layer_of(studio).hints
    panel.form.hints.save_button.click()
    panel.form.hints.load_button.click()
    assert layer_of(studio).hints == own, "both dialogs were left"
    chosen[0] = str(path)
    panel.form.hints.save_button.click()
    assert read_hints(path, SIZE) == own
    hints = (Hint(((10.0, 10.0),), 5.0, (1.0, 2.0)), Hint(((90.0, 90.0),), 5.0, (3.0, 4.0)))
    write_hints(path, hints, SIZE)
    panel.form.hints.load_button.click()
    assert layer_of(studio).hints == hints
    assert panel.tool.index is None
    undo(studio)
    assert layer_of(studio).hints == own
    path.write_text("damaged")
    panel.form.hints.load_button.click()
    assert layer_of(studio).hints == own
    assert len(messages.told) == 1
    chosen[0] = str(tmp_path / "none" / "hints.json")
    panel.form.hints.save_button.click()
    assert len(messages.told) == 2


@pytest.mark.parametrize("mode", ["gray", "deep", "colour"])
def test_the_full_picture_has_three_channels_of_its_depth(
    studio: Studio, qtbot: QtBot, tmp_path: Path, mode: str
) -> None:
    open_picture(studio, qtbot, write_picture(tmp_path / "photo.png", mode))
    panel, document = panel_of(studio), studio.place.documents[0]
    put(studio, 40, 60)
    settle(studio, qtbot)
    assert titles(studio) == ["Gray", "Colorized", *(["Original"] if mode == "colour" else [])]
    assert panel.bar.start_button.isVisibleTo(panel)
    assert not panel.bar.use_button.isVisibleTo(panel)
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: document.outcome is not None)
    settle(studio, qtbot)
    assert document.outcome is not None
    assert document.source is not None
    pixels = document.outcome.image.pixels
    assert pixels.shape == (SIZE[1], SIZE[0], 3)
    assert pixels.dtype == document.source.pixels.dtype
    assert np.ptp(pixels[60, 40].astype(int)) > 0.1 * document.source.white
    assert document.state == "done"
    assert panel.bar.use_button.isVisibleTo(panel)
    assert not panel.bar.start_button.isVisibleTo(panel)
    panel.save_wanted.disconnect()  # no dialog
    with qtbot.waitSignal(panel.save_wanted, timeout=0):
        panel.bar.use_button.click()
    put(studio, 120, 60, (-40.0, 20.0))
    settle(studio, qtbot)
    assert document.outcome is None, "it would have other colours now"
    assert panel.bar.start_button.isVisibleTo(panel)
    assert not panel.bar.use_button.isVisibleTo(panel)


def test_the_full_picture_waits_for_the_newest_colours(
    studio: Studio, photo: Path, qtbot: QtBot
) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    put(studio, 40, 60)
    assert panel.finder.is_at_work
    panel.run_current()
    assert "being found" in panel.bar.words
    assert studio.place.desk.unfinished() == ()
    wait_for(qtbot, lambda: document.outcome is not None)
    settle(studio, qtbot)
    assert document.outcome is not None
    assert np.ptp(document.outcome.image.pixels[60, 40].astype(int)) > 30
    assert panel.bar.use_button.isVisibleTo(panel)
    put(studio, 120, 60)
    panel.run_current()
    studio.window.actions_by_name["cancel"].trigger()
    settle(studio, qtbot)
    assert document.outcome is None
    assert panel.job is not None
    assert panel.job.has_ended


def test_what_changes_nothing_keeps_the_outcome(
    studio: Studio, photo: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    panel.run_current()
    wait_for(qtbot, lambda: document.outcome is not None)
    outcome = document.outcome
    panel.reference.take(write_picture(tmp_path / "beach.png", "colour"))
    wait_for(qtbot, lambda: panel.form.reference.photo.isVisibleTo(panel.form.widget()))
    settle(studio, qtbot)
    panel.form.reference.clear_button.click()
    click(studio, 40, 60)
    undo(studio)
    studio.window.rail.choose("inpaint")
    studio.window.rail.choose("colorize")
    settle(studio, qtbot)
    assert document.outcome is outcome
    assert panel.bar.use_button.isVisibleTo(panel)


def test_a_hint_during_the_run_counts(
    studio: Studio, photo: Path, qtbot: QtBot, gate: threading.Event
) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    panel.run_current()
    assert panel.is_busy
    assert panel.bar.cancel_button.isVisibleTo(panel)
    put(studio, 40, 60)
    gate.set()
    wait_for(qtbot, lambda: not panel.is_busy)
    settle(studio, qtbot)
    assert document.outcome is None, "it had the colours of before"
    assert colour_at(studio, 40, 60) == pytest.approx(RED, abs=1)
    assert studio.window.actions_by_name["undo"].isEnabled()
    assert panel.bar.start_button.isEnabled()


def test_a_run_is_paused_and_cancelled(
    studio: Studio, photo: Path, qtbot: QtBot, gate: threading.Event
) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    panel.run_current()
    panel.run_current()  # once is enough
    wait_for(qtbot, lambda: panel.job is not None and panel.job.state == "running")
    panel.bar.pause_button.click()
    assert panel.job is not None
    assert panel.job.is_paused
    panel.bar.pause_button.click()
    assert not panel.job.is_paused
    studio.window.actions_by_name["cancel"].trigger()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert document.outcome is None
    assert panel.bar.start_button.isVisibleTo(panel)
    assert panel.bar.start_button.isEnabled()


def test_closing_the_picture_ends_its_run(
    studio: Studio, photo: Path, qtbot: QtBot, gate: threading.Event
) -> None:
    panel = panel_of(studio)
    panel.run_current()
    studio.place.documents.remove(studio.place.documents[0])
    wait_for(qtbot, lambda: not panel.is_busy)
    assert panel.job is not None
    assert panel.job.state == "cancelled"
    assert titles(studio) == []
    assert panel.bar.start_button.toolTip() == "Open a photo first."
    assert not panel.bar.start_button.isEnabled()
    panel.run_current()
    assert studio.place.messages.text == "Open a photo first."


def test_closing_the_picture_ends_the_search(studio: Studio, photo: Path) -> None:
    panel = panel_of(studio)
    put(studio, 40, 60)
    panel.run_current()
    studio.place.documents.remove(studio.place.documents[0])
    assert not panel.finder.is_at_work
    assert panel.bar.words == ""


def test_each_picture_has_its_own(
    studio: Studio, photo: Path, qtbot: QtBot, tmp_path: Path, gate: threading.Event
) -> None:
    panel, documents = panel_of(studio), studio.place.documents
    put(studio, 40, 60)
    settle(studio, qtbot)
    first = panel.session
    assert first is not None
    panel.run_current()
    QTest.mousePress(canvas_of(studio), _LEFT, _NONE, at(studio, 40, 60))
    QTest.mouseMove(canvas_of(studio), at(studio, 90, 60))
    other = write_picture(tmp_path / "other.png", "colour", phase=1.0)
    studio.loader.open_paths([other])
    wait_for(qtbot, lambda: len(documents) == 2 and documents[1].source)
    documents.show(documents[1])  # in the middle of a drag and of a run
    assert first.layer.hints == (Hint(((40.0, 60.0),), 2.0, RED),)
    assert panel.session is not first
    assert layer_of(studio).hints == ()
    assert panel.tool.index is None
    assert not studio.window.actions_by_name["undo"].isEnabled()
    gate.set()
    settle(studio, qtbot)
    assert documents[0].outcome is not None
    assert documents[1].outcome is None
    assert not panel.bar.use_button.isVisibleTo(panel)
    assert titles(studio) == ["Gray", "Colorized", "Original"]
    click(studio, 100, 30)
    documents.show(documents[0])
    settle(studio, qtbot)
    assert panel.session is first
    assert titles(studio) == ["Gray", "Colorized"]
    assert panel.bar.use_button.isVisibleTo(panel)
    assert studio.window.actions_by_name["undo"].text().endswith("Colour of the hint")
    keep(studio)
    assert hints_path(other).exists()
    assert len(read_hints(hints_path(photo), SIZE)) == 1


def test_a_picture_that_comes_during_a_run_is_coloured_after_it(
    studio: Studio, photo: Path, qtbot: QtBot, tmp_path: Path, gate: threading.Event
) -> None:
    panel, documents = panel_of(studio), studio.place.documents
    panel.run_current()
    assert documents[0].source is not None
    document = documents.add("later.png", tmp_path / "later.png")
    documents.show(document)
    assert titles(studio) == []
    documents.set_source(document, documents[0].source)
    assert titles(studio) == ["Gray"]
    gate.set()
    settle(studio, qtbot)
    assert titles(studio) == ["Gray", "Colorized"]
    assert panel.bar.start_button.isEnabled()


def test_another_panel_in_the_middle(
    studio: Studio, photo: Path, qtbot: QtBot, gate: threading.Event
) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    put(studio, 40, 60)
    settle(studio, qtbot)
    panel.run_current()
    QTest.mousePress(canvas_of(studio), _LEFT, _NONE, at(studio, 40, 60))
    QTest.mouseMove(canvas_of(studio), at(studio, 90, 60))
    studio.window.rail.choose("inpaint")
    assert read_hints(hints_path(photo), SIZE) == (Hint(((40.0, 60.0),), 2.0, RED),)
    assert titles(studio) == ["Original"]
    assert not studio.window.actions_by_name["undo"].isEnabled()
    gate.set()
    wait_for(qtbot, lambda: document.outcome is not None)
    assert "Colorized" not in titles(studio)
    click(studio, 20, 20)  # belongs to the other panel
    studio.window.rail.choose("colorize")
    settle(studio, qtbot)
    assert len(layer_of(studio).hints) == 1
    assert titles(studio) == ["Gray", "Colorized"]
    assert panel.bar.use_button.isVisibleTo(panel)
    assert studio.window.actions_by_name["undo"].isEnabled()


def test_a_reference_is_asked_for_and_taken(
    studio: Studio, photo: Path, qtbot: QtBot, tmp_path: Path, messages: Messages
) -> None:
    panel = panel_of(studio)
    panel.form.how.set_values({"method": "welsh"})
    settle(studio, qtbot)
    assert panel.bar.words == "Choose a reference photo first."
    assert not panel.bar.start_button.isEnabled()
    studio.window.actions_by_name["run"].trigger()
    settle(studio, qtbot)
    assert studio.place.documents[0].outcome is None, "it would have the colours of before"
    assert messages.told == ["Choose a reference photo first."]
    panel.reference.take(tmp_path / "none.png")
    wait_for(qtbot, lambda: len(messages.told) == 2)
    assert panel.bar.words == "Choose a reference photo first."
    panel.reference.take(write_picture(tmp_path / "beach.png", "colour"))
    wait_for(qtbot, lambda: panel.bar.words == "")
    settle(studio, qtbot)
    assert panel.session is not None
    assert panel.session.found is not None
    assert panel.session.found.method == "welsh"
    assert np.hypot(*colour_at(studio, 80, 60)) > 3
    panel.form.reference.clear_button.click()
    assert panel.bar.words == "Choose a reference photo first."


@pytest.mark.parametrize("error", [WeightsError("No weights.", advice="Fetch."), ValueError("x")])
def test_colours_that_cannot_be_found_are_told_once(
    studio: Studio, photo: Path, qtbot: QtBot, messages: Messages, error: Exception
) -> None:
    panel = panel_of(studio)
    studio.place.documents.remove(studio.place.documents[0])
    colorizers: Any = panel.finder.colorizers
    colorizers.error = error
    panel.form.how.set_values({"method": "network"})
    open_picture(studio, qtbot, photo)
    report = studio.commands.report
    assert messages.told == (["No weights."] if isinstance(error, WeightsError) else [])
    assert (report is not None) == isinstance(error, ValueError)
    if report is not None:
        report.close()
    assert panel.bar.words == "The colours could not be found."
    assert not panel.bar.start_button.isEnabled()
    click(studio, 40, 60)
    settle(studio, qtbot)
    panel._refresh()
    settle(studio, qtbot)
    assert len(messages.told) == (2 if isinstance(error, WeightsError) else 0), "hints are others"
    assert titles(studio) == ["Gray"]
    assert studio.place.view.panes[0].has_marks, "the hint is seen nevertheless"
    panel.form.how.set_values({"method": "levin"})
    settle(studio, qtbot)
    assert panel.bar.words == ""
    assert panel.bar.start_button.isEnabled()
    assert titles(studio) == ["Gray", "Colorized"]


def test_the_form_is_kept_for_the_next_time(studio: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    panel_of(studio).form.strength.set_values({"saturation": 1.5})
    studio.close()
    stored = json.loads((tmp_path / "settings.json").read_text())["forms"]["colorize"]
    assert stored["method"] == "levin"
    with open_studio(tmp_path / "settings.json") as again:
        settings = panel_of(again).form.settings()
    assert (settings.method, settings.saturation, settings.working_px) == ("levin", 1.5, 64)


def test_keys_reach_what_is_needed(studio: Studio, photo: Path, qtbot: QtBot) -> None:
    panel, view = panel_of(studio), studio.place.view
    panel.form.how.set_values({"method": "network"})
    settle(studio, qtbot)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_S)
    assert panel.tool.index == 0
    place = panel.tool.hint.points if panel.tool.hint else None
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Left, _CTRL)
    assert panel.tool.hint is not None
    assert panel.tool.hint.points != place
    undo(studio)
    assert panel.tool.hint.points == place, "to move it by keys is one step"
    QTest.keyClick(panel.form.colours.plane, Qt.Key.Key_Up)
    assert panel.tool.hint is not None
    before = panel.tool.hint.radius_px
    QTest.keyClick(view, Qt.Key.Key_BracketRight)
    assert panel.tool.hint.radius_px > before
    QTest.keyClick(view, Qt.Key.Key_V)
    assert not panel.tool.has_marks
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert layer_of(studio).hints == ()
