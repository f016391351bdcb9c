"""Brushing and filling as the user does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from sr_studio.imaging.region import Region
from sr_studio.tasks._inpaint_pictures import methods_here
from sr_studio.ui.inpaint.method_words import method_titles
from tests.helpers.studios import open_studio, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from sr_studio.ui.application import Studio
    from sr_studio.ui.panels.inpaint_panel import InpaintPanel

_NONE = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    path = tmp_path / "photo.png"
    y, x = np.mgrid[0:120, 0:160]
    shades = 128 + 60 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 8)], -1)
    Image.fromarray(shades.astype(np.uint8)).save(path)
    with open_studio(tmp_path / "settings.json") as studio:
        studio.window.rail.choose("inpaint")
        studio.loader.open_paths([path])
        wait_for(
            qtbot, lambda: studio.place.documents.current and studio.place.documents.current.source
        )
        studio.place.view.set_zoom(1.0)
        panel_of(studio).tool.set_tip(diameter_px=12, hardness=1.0)
        panel_of(studio).form.how.set_values({"method": "telea"})
        yield studio


def panel_of(studio: Studio) -> InpaintPanel:
    panel: Any = studio.window.active_panel
    return panel


def canvas_of(studio: Studio) -> QWidget:
    return studio.place.view._views.shown[0]


def at(studio: Studio, x: float, y: float) -> QPoint:
    """Return where a pixel of the picture is on the canvas."""
    view = studio.place.view
    place = view.state.view.to_view(x, y)
    ratio = view.devicePixelRatioF()
    return QPoint(round(place[0] / ratio), round(place[1] / ratio))


def drag(
    studio: Studio,
    start: tuple[int, int],
    end: tuple[int, int],
    modifiers: Qt.KeyboardModifier = _NONE,
    button: Qt.MouseButton = _LEFT,
) -> None:
    canvas = canvas_of(studio)
    QTest.mousePress(canvas, button, modifiers, at(studio, *start))
    QTest.mouseMove(canvas, at(studio, *end))
    QTest.mouseRelease(canvas, button, modifiers, at(studio, *end))


def coverage_of(studio: Studio) -> np.ndarray:
    session = panel_of(studio).session
    assert session is not None
    return session.layer.snapshot()


def fill(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.bar.start_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)


def test_a_stroke_is_filled_saved_and_taken_back(studio: Studio, qtbot: QtBot) -> None:
    panel, document = panel_of(studio), studio.place.documents[0]
    assert not panel.bar.start_button.isEnabled()
    drag(studio, (40, 60), (90, 60))
    mask = coverage_of(studio)
    assert mask[60, 40:91].min() == 255
    assert not mask[:50].any()
    assert studio.window.actions_by_name["undo"].text().endswith("Brush")
    fill(studio, qtbot)
    outcome = document.outcome
    assert outcome is not None
    assert document.source is not None
    known = mask == 0
    np.testing.assert_array_equal(outcome.image.pixels[known], document.source.pixels[known])
    assert (outcome.image.pixels[~known] != document.source.pixels[~known]).any()
    assert not coverage_of(studio).any()
    assert [pane.title for pane in studio.place.view.panes] == ["Original", "Filled"]
    drag(studio, (40, 90), (60, 90))
    fill(studio, qtbot)  # a second round, on the result of the first
    assert panel.session is not None
    assert panel.session.fills == ("telea", "telea")
    for _ in range(2):
        studio.window.actions_by_name["undo"].trigger()
    studio.window.actions_by_name["undo"].trigger()
    np.testing.assert_array_equal(coverage_of(studio), mask)  # an undone fill brings its mask back
    assert document.outcome is None
    np.testing.assert_array_equal(panel.session.image.pixels, document.source.pixels)
    for _ in range(3):
        studio.window.actions_by_name["redo"].trigger()
    assert panel.session.fills == ("telea", "telea")
    assert document.outcome is not None


def test_every_tool_draws_by_mouse(studio: Studio) -> None:
    panel = panel_of(studio)
    for kind in ("rectangle", "ellipse", "brush"):
        panel.form.controls.choose(kind)
        drag(studio, (20, 20), (60, 50))
        assert coverage_of(studio)[35, 40] == 255, kind
        drag(studio, (20, 20), (60, 50), Qt.KeyboardModifier.ControlModifier)
        assert not coverage_of(studio)[25:45, 30:50].all(), kind
        panel.form.controls.operations["clear"].click()
        assert not coverage_of(studio).any()
    canvas = canvas_of(studio)
    panel.form.controls.choose("lasso")
    QTest.mousePress(canvas, _LEFT, _NONE, at(studio, 20, 20))
    for corner in ((100, 20), (60, 90)):
        QTest.mouseMove(canvas, at(studio, *corner))
    QTest.mouseRelease(canvas, _LEFT, _NONE, at(studio, 60, 90))
    assert coverage_of(studio)[40, 60] == 255
    panel.form.controls.operations["clear"].click()
    panel.form.controls.choose("polygon")
    for corner in ((20, 20), (100, 20), (60, 90)):
        QTest.mouseClick(canvas, _LEFT, _NONE, at(studio, *corner))
    QTest.mouseDClick(canvas, _LEFT, _NONE, at(studio, 60, 90))
    assert coverage_of(studio)[40, 60] == 255
    panel.form.controls.operations["clear"].click()
    for kind in ("flood", "colours"):
        panel.form.controls.choose(kind)
        QTest.mouseClick(canvas, _LEFT, _NONE, at(studio, 80, 60))
        assert coverage_of(studio)[60, 80] == 255
        panel.form.controls.operations["clear"].click()


def test_every_tool_draws_by_keyboard(studio: Studio) -> None:
    panel, view = panel_of(studio), studio.place.view
    view.setFocus()
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for key, modifiers in (
        (Qt.Key.Key_B, _NONE),
        (Qt.Key.Key_M, _NONE),
        (Qt.Key.Key_M, shift),
        (Qt.Key.Key_O, _NONE),
        (Qt.Key.Key_P, _NONE),
    ):
        panel.tool.leave()  # it begins in the middle of what is in view
        QTest.keyClick(view, key, modifiers)
        QTest.keyClick(view, Qt.Key.Key_Return)
        for arrow in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            for _ in range(2):
                QTest.keyClick(view, arrow, ctrl)
            QTest.keyClick(view, Qt.Key.Key_Right, ctrl | shift)
            if panel.tool.kind == "polygon":
                QTest.keyClick(view, Qt.Key.Key_Return)
        QTest.keyClick(view, Qt.Key.Key_Return)
        assert coverage_of(studio).any(), panel.tool.kind
        assert not panel.tool.is_drawing
        panel.form.controls.operations["clear"].click()
    panel.tool.leave()
    for key in (Qt.Key.Key_W, Qt.Key.Key_C):
        QTest.keyClick(view, key)
        QTest.keyClick(view, Qt.Key.Key_Return)
        assert coverage_of(studio).any()
        panel.form.controls.operations["clear"].click()
    QTest.keyClick(view, Qt.Key.Key_X)
    assert panel.tool.kind == "eraser"


def test_escape_abandons_the_stroke(studio: Studio) -> None:
    panel, canvas = panel_of(studio), canvas_of(studio)
    QTest.mousePress(canvas, _LEFT, _NONE, at(studio, 40, 60))
    QTest.mouseMove(canvas, at(studio, 90, 60))
    assert coverage_of(studio).any()
    studio.window.actions_by_name["cancel"].trigger()
    assert not coverage_of(studio).any()
    assert panel.undo_text == ""
    QTest.mouseRelease(canvas, _LEFT, _NONE, at(studio, 90, 60))
    assert not coverage_of(studio).any()


def test_right_drag_and_brackets_size_the_brush(studio: Studio) -> None:
    panel = panel_of(studio)
    drag(studio, (40, 60), (60, 60), button=Qt.MouseButton.RightButton)
    assert panel.tool.tip.diameter_px == pytest.approx(52, abs=2)
    assert not coverage_of(studio).any()
    assert panel.form.controls.size_spin.value() == round(panel.tool.tip.diameter_px)
    studio.place.view.setFocus()
    QTest.keyClick(studio.place.view, Qt.Key.Key_BracketRight)
    assert panel.tool.tip.diameter_px > 55
    drag(studio, (40, 60), (40, 0), Qt.KeyboardModifier.AltModifier)
    assert not coverage_of(studio).any()


def test_found_masks_can_be_corrected(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    document = studio.place.documents[0]
    assert document.source is not None
    pixels = document.source.pixels.copy()
    pixels[20:30, 30:50] = 0
    from sr_studio.imaging.image_buffer import ImageBuffer

    studio.place.documents.add("holed.png", None, ImageBuffer(pixels))
    studio.place.documents.show(studio.place.documents[1])
    assert studio.place.documents[1].source is not None
    panel.form.finding.kind_box.setCurrentIndex(3)
    panel.form.finding.find_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert coverage_of(studio).sum() == 200 * 255
    studio.place.documents.show(document)
    assert not coverage_of(studio).any()  # each picture has its own


def test_a_preview_follows_the_mask(studio: Studio, qtbot: QtBot) -> None:
    panel, view = panel_of(studio), studio.place.view

    def shown() -> list[tuple[str, str, bool]]:
        return [(pane.title, pane.caption, pane.has_marks) for pane in view.panes]

    drag(studio, (40, 60), (90, 60))
    wait_for(qtbot, lambda: shown()[1:] == [("Preview", "Telea", False)])
    session = panel.session
    assert session is not None
    assert not session.fills
    region = Region(60, 60, 1, 1)
    assert (view.panes[1].source.read(region, 1) != view.panes[0].source.read(region, 1)).any()
    np.testing.assert_array_equal(
        view.panes[1].source.read(Region(0, 0, 160, 40), 1),
        view.panes[0].source.read(Region(0, 0, 160, 40), 1),
    )
    drag(studio, (40, 90), (90, 90))
    assert shown()[1:] == [("Preview", "Telea", True)]  # that of the former mask
    wait_for(qtbot, lambda: shown()[1:] == [("Preview", "Telea", False)])
    panel.form.controls.operations["clear"].click()
    assert len(shown()) == 1
    panel.form.preview_box.setChecked(False)
    drag(studio, (40, 60), (90, 60))
    fill(studio, qtbot)
    assert [title for title, _, _ in shown()] == ["Original", "Filled"]


def test_one_of_all_methods_is_kept(studio: Studio, qtbot: QtBot) -> None:
    panel, view = panel_of(studio), studio.place.view
    panel.form.deep.set_values({"iterations": 2})
    drag(studio, (40, 60), (60, 60))
    mask = coverage_of(studio)
    panel.bar.compare_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    titles = [method_titles()[method] for method in methods_here()]
    assert [pane.title for pane in view.panes] == ["Original", *titles]
    assert not panel.bar.start_button.isVisibleTo(panel)
    panel.bar.choice.box.setCurrentIndex(titles.index("Biharmonic"))
    assert view.comparison.second == 1 + titles.index("Biharmonic")
    region = Region(0, 0, 160, 120)
    wanted = view.panes[view.comparison.second].source.read(region, 1)
    panel.bar.choice.keep_button.click()
    session = panel.session
    assert session is not None
    assert session.fills == ("biharmonic",)
    np.testing.assert_array_equal(session.image.pixels, wanted)
    assert studio.place.documents[0].outcome is not None
    panel.undo()
    np.testing.assert_array_equal(coverage_of(studio), mask)
    panel.bar.compare_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    panel.bar.choice.none_button.click()
    assert session.fills == ()
    assert len(view.panes) == 1
    assert panel.bar.start_button.isVisibleTo(panel)


def test_a_long_filling_is_watched(studio: Studio, qtbot: QtBot) -> None:
    panel, view = panel_of(studio), studio.place.view
    panel.form.how.set_values({"method": "deep"})
    panel.form.deep.set_values({"iterations": 2000})
    drag(studio, (40, 60), (60, 60))
    panel.run_current()
    wait_for(qtbot, lambda: [pane.title for pane in view.panes] == ["Original", "Preview"])
    assert panel.is_busy
    panel.bar.finish_button.click()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert [pane.title for pane in view.panes] == ["Original", "Filled"]


def test_an_empty_mask_is_not_filled(studio: Studio, qtbot: QtBot) -> None:
    panel = panel_of(studio)
    panel.run_current()
    wait_for(qtbot, lambda: not panel.is_busy)
    assert "Nothing is masked" in studio.place.messages.text
