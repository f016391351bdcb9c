from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.ui.canvas.compare_view import CompareView, Pane
from sr_studio.ui.canvas.image_view import ImageView
from tests.ui.canvas.conftest import GatedSource, MapOfItself, flat_source, is_settled, noise

DARK = QColor(30, 30, 30)


def grab(view: CompareView) -> QImage:
    """What the first pane shows, without the chips over it."""
    first = view._views.shown[0]
    image = QImage(first.size(), QImage.Format.Format_RGB32)
    first.render(image, QPoint(0, 0))
    return image


def colour(view: CompareView, x: int, y: int) -> tuple[int, int, int]:
    found = grab(view).pixelColor(x, y)
    return found.red(), found.green(), found.blue()


def test_at_100_percent_each_pixel_of_the_screen_is_one_of_the_picture(show):
    pixels = noise(900, 700)
    view = show([BufferSource(ImageBuffer(pixels))])
    view.set_zoom(1.0)
    shown = grab(view).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(480, -1)[:, : 640 * 3]
    seen = view.visible_region
    assert (seen.width, seen.height) == (640, 480)
    np.testing.assert_array_equal(rows.reshape(480, 640, 3), pixels[seen.slices])


def test_nearest_shows_squares_and_smooth_does_not(show):
    view = show([BufferSource(ImageBuffer(noise(40, 40)))])
    view.set_zoom(8.0)
    view.set_smooth(False)
    image = grab(view)
    left, top = view.state.view.to_view(20, 20)
    square = {image.pixel(int(left) + dx, int(top) + dy) for dx in range(8) for dy in range(8)}
    assert len(square) == 1
    view.set_smooth(True)
    image = grab(view)
    smooth = {image.pixel(int(left) + dx, int(top) + 3) for dx in range(8)}
    assert len(smooth) > 3


def test_the_surround_is_where_the_picture_is_not(show):
    view = show([flat_source((200, 0, 0), 100, 400)])
    assert colour(view, 5, 240) == (DARK.red(),) * 3
    assert colour(view, 320, 240) == (200, 0, 0)
    view.set_surround("gray")
    assert colour(view, 5, 240) == (119, 119, 119)
    view.set_surround("white")
    assert colour(view, 5, 240) == (255, 255, 255)


def test_a_far_away_picture_is_an_average_not_a_sample(qtbot, show):
    stripes = np.zeros((1600, 1600, 3), np.uint8)
    stripes[:, ::2] = 200
    view = show([BufferSource(ImageBuffer(stripes))])
    view.set_zoom(0.25)
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 240) == (100, 100, 100)


def test_a_hundred_megapixels_are_read_in_tiles_of_what_is_seen(qtbot, show):
    source = MapOfItself(12_000, 8_400)
    view = show([source])
    assert all(max(region.width, region.height) <= 514 * step for region, step in source.reads)
    source.reads.clear()
    view.set_zoom(1.0)
    qtbot.waitUntil(lambda: is_settled(view))
    assert len(source.reads) <= 12
    seen = view.visible_region
    assert colour(view, 100, 50) == ((seen.x + 100) & 255, (seen.y + 50) & 255, 1)


def test_the_cache_stays_bounded_when_the_user_roams(qtbot, show):
    view = show([MapOfItself(12_000, 8_400)])
    view._loader.cache._capacity_bytes = 12 << 20
    view.set_zoom(1.0)
    for _ in range(12):
        view.pan(-500, -300)
        qtbot.waitUntil(lambda: is_settled(view))
    assert view._loader.cache.bytes_used <= 12 << 20


def test_the_old_result_stays_until_the_new_one_is_there(qtbot, show):
    view = show([flat_source((200, 0, 0))])
    new = GatedSource(flat_source((0, 0, 200)))
    view.set_panes([Pane("New", new)])
    assert new.entered.wait(5)
    assert colour(view, 320, 240) == (200, 0, 0)
    new.gate.set()
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 240) == (0, 0, 200)


def test_the_old_result_moves_along_until_the_new_one_is_there(qtbot, show):
    pixels = noise(2000, 2000) // 64 * 64
    view = show([BufferSource(ImageBuffer(pixels))])
    view.set_zoom(1.0)
    qtbot.waitUntil(lambda: is_settled(view))
    new = GatedSource(flat_source((0, 0, 200), 2000, 2000))
    view.set_panes([Pane("New", new)])
    before = grab(view).pixelColor(300, 200)
    view.pan(40, 25)
    assert grab(view).pixelColor(340, 225) == before
    new.gate.set()
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 340, 225) == (0, 0, 200)


def test_another_scale_of_the_result_takes_the_same_place(qtbot, show):
    view = show([flat_source((200, 0, 0), 600, 400)])
    view.set_zoom(2.0)
    view.pan(-300, -200)
    before = view.state.view
    new = GatedSource(flat_source((0, 0, 200), 1200, 800))
    view.set_panes([Pane("New", new)])
    after = view.state.view
    assert after.zoom == 1.0
    assert (after.x, after.y) == (2 * before.x, 2 * before.y)
    assert colour(view, 320, 240) == (200, 0, 0)
    new.gate.set()
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 240) == (0, 0, 200)


def test_another_picture_is_shown_whole(qtbot, show):
    view = show([flat_source((200, 0, 0), 600, 400)])
    view.set_zoom(4.0)
    new = GatedSource(flat_source((0, 0, 200), 50, 1000))
    view.set_panes([Pane("New", new)], keep_view=False)
    assert view.state.is_fit
    assert colour(view, 5, 5) == (200, 0, 0)
    new.gate.set()
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 5, 5) == (DARK.red(),) * 3


def test_rough_tiles_give_way_to_good_ones(qtbot, show):
    source = GatedSource(flat_source((10, 20, 30), 2000, 2000), is_prepared=False)
    source.gate.set()
    view = show([source], wait=False)
    qtbot.waitUntil(lambda: colour(view, 320, 240) == (245, 235, 225))
    source.prepared.set()
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 240) == (10, 20, 30)


def test_a_tile_repaints_its_own_place_only(qtbot, show, monkeypatch):
    source = GatedSource(MapOfItself(3000, 2000))
    source.gate.set()
    view = show([source], width=900, height=700)
    view.set_zoom(1.0)
    qtbot.waitUntil(lambda: is_settled(view))
    view._chips._zoom.hide()
    QApplication.processEvents()
    painted = []
    paint = ImageView._paint
    monkeypatch.setattr(
        ImageView,
        "_paint",
        lambda self, painter, exposed: (painted.append(exposed), paint(self, painter, exposed)),
    )
    first = view._views.shown[0]
    key = first._picture.shown_tiles(view.state.view)[0]
    view._loader.loaded.emit(key)
    place = first._picture.place_of(key, view.state.view) & first.rect()
    qtbot.waitUntil(lambda: place in painted)
    assert place != first.rect()
    assert first.rect() not in painted


class FakeTool:
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, float]] = []

    def press(self, event) -> None:
        self.calls.append(("press", event.x, event.y))

    def move(self, event) -> None:
        self.calls.append(("move", event.x, event.y))

    def release(self, event) -> None:
        self.calls.append(("release", event.x, event.y))

    def leave(self) -> None:
        self.calls.append(("leave", 0, 0))

    def paint(self, painter, view, exposed, *, has_marks) -> None:
        painter.fillRect(0, 0, 3, 3, QColor(1, 2, 3) if has_marks else QColor(9, 9, 9))


def test_a_tool_gets_the_plain_mouse_in_picture_pixels(show):
    view = show([MapOfItself(2000, 2000)])
    view.set_zoom(2.0)
    tool = FakeTool()
    view.set_tool(tool)
    first, before = view._views.shown[0], view.state.view
    point = before.to_picture(100, 80)
    QTest.mousePress(first, Qt.MouseButton.LeftButton, pos=QPoint(100, 80))
    QTest.mouseMove(first, QPoint(110, 80))
    QTest.mouseRelease(first, Qt.MouseButton.LeftButton, pos=QPoint(110, 80))
    calls = [call for call in tool.calls if call[0] != "leave"]
    assert calls[0] == ("press", *point)
    assert calls[-1] == ("release", point[0] + 5, point[1])
    assert view.state.view == before
    assert first.cursor().shape() == Qt.CursorShape.CrossCursor
    assert colour(view, 1, 1) == (1, 2, 3)


def test_marks_are_drawn_only_on_panes_that_have_them(show):
    view = show([MapOfItself(640, 480), MapOfItself(640, 480)])
    view.set_tool(FakeTool())
    view.set_panes([replace(view.panes[0], has_marks=False), view.panes[1]])
    assert colour(view, 1, 1) == (9, 9, 9)
    view.set_panes(view.panes[::-1])
    assert colour(view, 1, 1) == (1, 2, 3)
    view.set_mode("split")
    assert colour(view, 1, 1) == (1, 2, 3)
    view.set_split_line(replace(view.split_line, angle_deg=180.0))  # the other pane is there now
    assert colour(view, 1, 1) == (9, 9, 9)


def test_an_error_of_opencv_in_a_tool_does_not_end_the_program(show):
    import cv2

    class BrokenTool(FakeTool):
        def press(self, event) -> None:
            cv2.resize(np.zeros((0, 0), np.uint8), (3, 3))

    view = show([MapOfItself(640, 480)])
    view.set_tool(BrokenTool())
    with pytest.raises(RuntimeError, match="resize"):
        QTest.mousePress(view._views.shown[0], Qt.MouseButton.LeftButton, pos=QPoint(100, 80))


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton])
def test_with_a_tool_the_middle_button_or_space_still_pans(show, button):
    view = show([MapOfItself(2000, 2000)])
    view.set_zoom(2.0)
    tool = FakeTool()
    view.set_tool(tool)
    first, before = view._views.shown[0], view.state.view
    if button == Qt.MouseButton.LeftButton:
        QTest.keyPress(view, Qt.Key.Key_Space)
    QTest.mousePress(first, button, pos=QPoint(100, 80))
    QTest.mouseMove(first, QPoint(130, 60))
    QTest.mouseRelease(first, button, pos=QPoint(130, 60))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert not [call for call in tool.calls if call[0] == "press"]
    assert view.state.view.x == before.x - 15
    assert view.state.view.y == before.y + 10
