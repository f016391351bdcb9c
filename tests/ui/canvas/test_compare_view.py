from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QPushButton

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.imaging.region import Region
from sr_studio.ui.canvas import compare_keys
from sr_studio.ui.canvas.chip import ChoiceButton, TitleChip
from sr_studio.ui.canvas.compare_view import CompareView, Pane
from sr_studio.ui.canvas.split_line import SplitLine
from tests.ui.canvas.conftest import GatedSource, MapOfItself, flat_source, is_settled

RED, GREEN, BLUE = (200, 0, 0), (0, 160, 0), (0, 0, 220)
K = Qt.Key
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def colour(view: CompareView, x: int, y: int) -> tuple[int, int, int]:
    found = view.grab().toImage().pixelColor(x, y)
    return found.red(), found.green(), found.blue()


def chips(view: CompareView) -> list[TitleChip]:
    return [chip for chip in view.findChildren(TitleChip) if chip.isVisible()]


@pytest.fixture
def three(show) -> CompareView:
    """Red, green and blue; each pane is 212 px wide."""
    return show([flat_source(RED), flat_source(GREEN), flat_source(BLUE)])


def test_one_two_and_three_panes_stand_side_by_side(show):
    for sources, places in (
        ([RED], [320]),
        ([RED, GREEN], [160, 480]),
        ([RED, GREEN, BLUE], [106, 320, 533]),
    ):
        view = show([flat_source(source) for source in sources])
        assert [colour(view, x, 240) for x in places] == sources
        assert len({pane.size().toTuple() for pane in view._views.shown}) == 1


def test_above_and_below(three):
    three.set_mode("stacked")
    assert [colour(three, 320, y) for y in (80, 240, 400)] == [RED, GREEN, BLUE]


def test_split_shows_a_left_and_b_right_of_the_line(qtbot, three):
    three.set_mode("split")
    qtbot.waitUntil(lambda: is_settled(three))
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (RED, GREEN)
    three.set_split_line(SplitLine(0.5, 0.5, 90))
    assert (colour(three, 150, 120), colour(three, 150, 400)) == (RED, GREEN)
    three.set_split_line(SplitLine(0.5, 0.5, 45))
    assert (colour(three, 150, 180), colour(three, 500, 300)) == (RED, GREEN)
    three.set_split_line(SplitLine(0.5, 0.5, 180))
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (GREEN, RED)


def test_split_keeps_the_old_result_on_its_side_until_the_new_one_is_there(qtbot, three):
    three.set_mode("split")
    qtbot.waitUntil(lambda: is_settled(three))
    new = GatedSource(flat_source(BLUE))
    three.set_panes([three.panes[0], Pane("New", new)])
    assert new.entered.wait(5)
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (RED, GREEN)
    new.gate.set()
    qtbot.waitUntil(lambda: is_settled(three))
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (RED, BLUE)


def test_split_titles_stand_on_their_side_of_the_line(three):
    three.set_mode("split")
    for angle in (0, 60, 90, 180, 270):
        three.set_split_line(SplitLine(0.5, 0.5, angle))
        for chip, sign in zip(chips(three), (-1, 1), strict=True):
            middle = chip.geometry().center().toTuple()
            assert sign * three.split_line.distance(middle, 640, 480) > 0


def test_flicker_shows_b_and_at_a_key_a(qtbot, three):
    three.set_mode("flicker")
    qtbot.waitUntil(lambda: is_settled(three))
    assert colour(three, 320, 240) == GREEN
    three.show_before(True)
    assert colour(three, 320, 240) == RED
    three.show_before(False)
    assert colour(three, 320, 240) == GREEN


def test_the_other_flicker_picture_is_ready_before_it_is_asked_for(qtbot, show):
    view = show([MapOfItself(3000, 2000), MapOfItself(3000, 2000)])
    view.set_mode("flicker")
    view.set_zoom(1.0)
    first = view._shelf.pictures[0]
    qtbot.waitUntil(lambda: first.is_complete(view.state.view))


def test_a_timed_blink_changes_sides_by_itself(qtbot, three, monkeypatch):
    three._blink.setInterval(20)
    three.set_blink(True)
    assert three.mode == "flicker"
    seen = []
    three._blink.timeout.connect(lambda: seen.append(three.comparison.is_blinked))
    qtbot.waitUntil(lambda: len(seen) >= 4)
    assert seen[:4] == [True, False, True, False]
    three.set_mode("side")
    assert not three.is_blinking


def test_difference_is_amplified_and_signed_at_will(qtbot, show):
    view = show([flat_source((100, 100, 100)), flat_source((103, 100, 98))])
    view.set_mode("difference")
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 300) == (24, 0, 16)
    view.set_difference(16, is_signed=True)
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 300) == (128 - 48, 128, 128 + 32)
    view.show_before(True)
    qtbot.waitUntil(lambda: is_settled(view))
    assert colour(view, 320, 300) == (100, 100, 100)


def test_before_takes_the_place_of_everything(qtbot, three):
    changes = []
    three.before_changed.connect(changes.append)
    three.show_before(True)
    assert [colour(three, x, 240) for x in (106, 320, 533)] == [RED] * 3
    three.set_mode("split")
    qtbot.waitUntil(lambda: is_settled(three))
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (RED, RED)
    three.show_before(False)
    assert changes == [True, False]


def test_many_panes_stand_in_rows_as_large_as_can_be(qtbot, show):
    values = [(20 * index, 0, 0) for index in range(8)]
    view = show([])
    view.set_panes([Pane(str(value), flat_source(value)) for value in values])
    qtbot.waitUntil(lambda: is_settled(view))  # 300 x 200 each, in 640 x 480
    places = [pane.geometry().center() for pane in view._views.shown]
    assert len({place.y() for place in places}) == 3
    assert len({place.x() for place in places}) == 3
    assert [colour(view, place.x(), place.y()) for place in places] == values
    assert colour(view, 630, 470) == view.surround_colour.getRgb()[:3]  # the ninth place


def test_a_single_picture_is_shown_whatever_the_mode(qtbot, show):
    view = show([flat_source(RED)])
    for mode in ("split", "flicker", "difference", "stacked"):
        view.set_mode(mode)
        qtbot.waitUntil(lambda: is_settled(view))
        assert colour(view, 320, 240) == RED
        assert view.mode == mode


def test_the_pair_is_chosen_at_the_titles(qtbot, three):
    three.set_mode("split")
    second = chips(three)[1].findChild(ChoiceButton)
    second.menu().actions()[2].trigger()
    qtbot.waitUntil(lambda: is_settled(three))
    assert (colour(three, 150, 120), colour(three, 480, 120)) == (RED, BLUE)
    chips(three)[0].findChild(ChoiceButton).menu().actions()[2].trigger()
    assert (three.comparison.first, three.comparison.second) == (2, 0)


def test_titles_and_captions_are_there_for_the_eye_and_the_screen_reader(three):
    three.set_caption(1, "31.45 dB  SSIM 0.883")
    assert [chip.accessibleName() for chip in chips(three)] == ["A  Bicubic", "B  Deep", "Truth"]
    assert chips(three)[1].accessibleDescription() == "31.45 dB  SSIM 0.883"
    assert any(
        label.text() == "31.45 dB  SSIM 0.883" for label in chips(three)[1].findChildren(QLabel)
    )
    assert three.accessibleName()
    assert three.accessibleDescription() == "Bicubic, Deep, Truth"


def test_titles_stay_within_their_pane(show):
    view = show([flat_source(RED), flat_source(GREEN)])
    view.set_panes([Pane("A title that goes on and on " * 5, pane.source) for pane in view.panes])
    for chip, pane in zip(chips(view), view._views.shown, strict=True):
        assert pane.geometry().contains(chip.geometry())


def test_titles_are_readable_over_any_picture(show):
    for back in ((255, 255, 255), (0, 0, 0), (250, 60, 60)):
        view = show([flat_source(back, 640, 480)])
        chip = chips(view)[0].geometry()
        image = view.grab(chip).toImage()
        lights = sorted(
            image.pixelColor(x, y).lightness()
            for x in range(6, image.width() - 6)
            for y in range(4, image.height() - 4)
        )
        assert lights[len(lights) // 2] < 75
        assert lights[-1] > 220


def test_without_pictures_the_placeholder_is_shown(three):
    three.set_panes(())
    labels = [label.text() for label in three.findChildren(QLabel) if label.isVisible()]
    assert labels == ["No picture is open."]
    other = QPushButton("Open a picture")
    three.set_placeholder(other)
    assert other.isVisible()
    assert other.geometry() == three.rect()
    three.set_panes([Pane("Picture", flat_source(RED))])
    assert not other.isVisible()


def test_a_new_result_beside_the_same_original_reads_only_the_result(qtbot, show):
    original = MapOfItself(900, 700)
    view = show([original, flat_source(RED, 900, 700)])
    reads = len(original.reads)
    view.set_panes([Pane("Before", original), Pane("After", flat_source(GREEN, 900, 700))])
    qtbot.waitUntil(lambda: is_settled(view))
    assert len(original.reads) == reads


def test_the_same_source_in_two_panes_is_read_once(qtbot, show):
    source = MapOfItself(500, 500)
    view = show([source, source])
    assert len(view._shelf.pictures) == 2
    assert view._shelf.pictures[0] is view._shelf.pictures[1]


def test_pictures_that_were_closed_are_let_go(qtbot, show):
    view = show([flat_source(RED), flat_source(GREEN)])
    view.set_mode("difference")
    qtbot.waitUntil(lambda: is_settled(view))
    gone = [weakref.ref(pane.source) for pane in view.panes]
    view.set_panes([Pane("Other", flat_source(BLUE))])
    qtbot.waitUntil(lambda: is_settled(view))
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert {key.picture for key in view._loader.cache._tiles} == {view._shelf.pictures[0].number}


def test_the_visible_region_is_told_once_things_settle(qtbot, show):
    view = show([MapOfItself(4000, 3000)])
    regions = []
    view.view_changed.connect(regions.append)
    with qtbot.waitSignal(view.view_changed):
        view.set_zoom(1.0)
        view.pan(10, 0)
        view.pan(20, 0)
    assert regions == [Region(1680 - 30, 1260, 640, 480)]
    assert view.visible_region == regions[0]


def test_the_zoom_is_told_and_shown(show):
    view = show([MapOfItself(4000, 3000)])
    told = []
    view.zoom_changed.connect(told.append)
    view.set_zoom(2.0)
    assert told == [2.0]
    assert view._chips._zoom.text == "200 %"
    assert view._chips._zoom.isVisible()
    view.zoom_to_fit()
    assert view._chips._zoom.text == "Fit  16 %"


def test_fit_follows_the_window_and_another_zoom_does_not(show):
    view = show([MapOfItself(4000, 3000)])
    view.resize(800, 480)
    assert view.zoom == pytest.approx(0.16)
    view.resize(400, 300)
    assert view.zoom == pytest.approx(0.1)
    view.set_zoom(1.0)
    view.resize(640, 480)
    assert view.zoom == 1.0


def test_the_readout_tells_all_panes_in_their_own_depth(show):
    deep = ImageBuffer(np.full((480, 320, 3), 40_000, np.uint16))
    view = show([MapOfItself(320, 480), BufferSource(deep)])
    heard = []
    view.hovered.connect(heard.append)
    QTest.mouseMove(view._views.shown[1], QPoint(30, 70))
    x, y = (int(value) for value in view.state.view.to_picture(30, 70))
    assert heard[-1] == f"x {x}, y {y}   Bicubic {x} {y} 1   Deep 40000 40000 40000"


def test_the_readout_follows_the_picture_under_a_resting_pointer(show):
    view = show([MapOfItself(320, 480)])
    heard = []
    view.hovered.connect(heard.append)
    QTest.mouseMove(view._views.shown[0], QPoint(30, 70))
    view.set_zoom(8.0)
    x, y = (int(value) for value in view.state.view.to_picture(30, 70))
    assert heard[-1].startswith(f"x {x}, y {y}  ")
    view.set_panes([Pane("Deep", MapOfItself(320, 480))])
    assert "Deep" in heard[-1]


def test_the_zoom_is_told_without_powers_of_ten(show):
    view = show([MapOfItself(4, 4)])
    view.set_zoom(32.0)
    assert any(label.text().endswith("3200 %") for label in view.findChildren(QLabel))


def test_the_loupe_shows_the_same_spot_of_all_panes(qtbot, show):
    dots = np.zeros((400, 600, 3), np.uint8)
    dots[150, 250] = 255
    view = show([BufferSource(ImageBuffer(dots)), BufferSource(ImageBuffer(255 - dots))])
    view.set_zoom(1.0)
    view.set_smooth(False)
    view.set_loupe(True)
    first = view._views.shown[0]
    spot = QPoint(*(round(value) for value in view.state.view.to_view(250.4, 150.4)))
    QTest.mouseMove(first, spot)
    loupe = view._loupe
    assert loupe.isVisible()
    assert not loupe.geometry().contains(first.mapToParent(spot))
    pictures = view._shelf.pictures
    qtbot.waitUntil(
        lambda: all(picture.is_complete(loupe._view_of(picture)) for picture in pictures)
    )
    image = loupe.grab().toImage()
    middles = [image.pixelColor(2 + 88 + index * 178, 2 + 88).lightness() for index in (0, 1)]
    assert middles == [255, 0]
    view.set_loupe(False)
    assert not loupe.isVisible()


def test_the_loupe_works_without_a_mouse(qtbot, show):
    view = show([MapOfItself(600, 400)])
    heard = []
    view.loupe_changed.connect(heard.append)
    QTest.keyClick(view, K.Key_L)
    assert view._loupe.isVisible()
    x, y = view._loupe._spot
    assert (round(x), round(y)) == (300, 200)
    QTest.keyClick(view, K.Key_L)
    assert heard == [True, False]


@pytest.mark.parametrize(
    ("key", "modifiers", "mode"),
    [
        (K.Key_Y, SHIFT, "split"),
        (K.Key_Y, ALT, "stacked"),
        (K.Key_A, Qt.KeyboardModifier.NoModifier, "flicker"),
        (K.Key_D, Qt.KeyboardModifier.NoModifier, "difference"),
    ],
)
def test_keys_choose_the_mode(three, key, modifiers, mode):
    told = []
    three.mode_changed.connect(told.append)
    QTest.keyClick(three, key, modifiers)
    assert told == [mode]
    QTest.keyClick(three, K.Key_Y)
    assert told == [mode, "side"]


@pytest.mark.parametrize(("digit", "zoom"), compare_keys.FIXED_ZOOMS.items())
def test_digits_set_fixed_zooms(show, digit, zoom):
    view = show([MapOfItself(4000, 3000)])
    QTest.keyClick(view, Qt.Key(K.Key_0.value + digit))
    assert view.zoom == zoom


def test_z_goes_to_what_lies_under_the_pointer(show):
    view = show([MapOfItself(4000, 3000)])
    QTest.mouseMove(view._views.shown[0], QPoint(500, 100))
    point = view.state.view.to_picture(500, 100)
    QTest.keyClick(view, K.Key_Z)
    assert view.zoom == 1.0
    assert view.state.view.to_view(*point) == pytest.approx((500, 100), abs=0.5)


def test_keys_zoom_pan_and_change_the_look(show):
    view = show([MapOfItself(4000, 3000)])
    QTest.keyClick(view, K.Key_Z)
    assert view.zoom == 1.0
    before = view.state.view
    QTest.keyClick(view, K.Key_Right)
    QTest.keyClick(view, K.Key_Down)
    assert view.state.view.left == before.left - 64
    assert view.state.view.top == before.top - 64
    QTest.keyClick(view, K.Key_Plus)
    assert view.zoom == pytest.approx(2**0.5)
    QTest.keyClick(view, K.Key_Minus)
    assert view.zoom == pytest.approx(1.0)
    QTest.keyClick(view, K.Key_Home)
    assert view.state.is_fit
    for surround in ("gray", "white", "dark"):
        QTest.keyClick(view, K.Key_B, CTRL)
        assert view.surround == surround
    QTest.keyClick(view, K.Key_N)
    assert not view.is_smooth


def test_keys_move_and_turn_the_split_line(three):
    three.set_mode("split")
    QTest.keyClick(three, K.Key_Right, SHIFT)
    assert three.split_line.across == pytest.approx(0.52)
    QTest.keyClick(three, K.Key_Down, SHIFT)
    assert three.split_line.angle_deg == 15


def test_keys_change_the_difference(three):
    three.set_mode("difference")
    QTest.keyClick(three, K.Key_Period)
    assert three.comparison.gain == 16
    QTest.keyClick(three, K.Key_Comma)
    QTest.keyClick(three, K.Key_Comma)
    assert three.comparison.gain == 4
    QTest.keyClick(three, K.Key_D, SHIFT)
    assert three.comparison.is_signed


def test_the_backslash_toggles_when_tapped_and_reverts_when_held(three, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(compare_keys.time, "monotonic", lambda: now[0])
    QTest.keyPress(three, K.Key_Backslash)
    now[0] += 0.1
    QTest.keyRelease(three, K.Key_Backslash)
    assert three.is_before
    QTest.keyPress(three, K.Key_Backslash)
    assert not three.is_before
    now[0] += 1.0
    QTest.keyRelease(three, K.Key_Backslash)
    assert three.is_before


def test_a_menu_with_the_same_keys_gets_them_unless_they_must_be_held(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    view = CompareView()
    window.setCentralWidget(view)
    pressed = []
    for key in ("Left", "\\", "L"):
        action = QAction(key, window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _checked=False, key=key: pressed.append(key))
        window.addAction(action)
    window.resize(640, 480)
    window.show()
    view.set_panes([Pane("Picture", MapOfItself(4000, 3000))])
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(window.windowHandle(), K.Key_L)
    QTest.keyClick(window.windowHandle(), K.Key_Backslash)
    assert view.is_before
    # Nothing to pan: the arrow walks the film strip. Zoomed in, it pans.
    QTest.keyClick(window.windowHandle(), K.Key_Left)
    assert pressed == ["L", "Left"]
    view.set_zoom(1.0)
    before = view.state.view.left
    QTest.keyClick(window.windowHandle(), K.Key_Left)
    assert pressed == ["L", "Left"]
    assert view.state.view.left == before + 64


def test_losing_the_focus_lets_the_hand_go(three):
    QTest.keyPress(three, K.Key_Space)
    assert three._navigation._is_hand
    three.clearFocus()
    assert not three._navigation._is_hand


def test_a_hidden_view_reads_nothing_and_leaves_no_thread(qtbot, show):
    source = GatedSource(flat_source(RED, 3000, 2000), is_prepared=False)
    source.gate.set()
    view = show([source], wait=False)
    assert source.preparing.wait(5)
    view.hide()
    assert source.stopped.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "tiles"]
    reads = source.reads
    view.set_zoom(1.0)
    assert source.reads == reads
    source.prepared.set()
    view.show()
    qtbot.waitUntil(lambda: is_settled(view))


def test_a_view_may_be_deleted_in_the_middle_of_reading(qtbot, qapp):
    window = QMainWindow()
    view = CompareView()
    window.setCentralWidget(view)
    window.resize(300, 200)
    window.show()
    source = GatedSource(flat_source(RED, 3000, 2000))
    view.set_panes([Pane("Slow", source)])
    assert source.entered.wait(5)
    threading.Timer(0.05, source.gate.set).start()
    window.deleteLater()
    del window, view
    QApplication.processEvents()


def test_at_a_scaling_of_2_pixels_are_physical():
    """100 % is one picture pixel per device pixel, so half a logical one; each is exact."""
    script = """
        import numpy as np
        from PySide6.QtCore import QEventLoop, QPoint, QTimer
        from PySide6.QtGui import QImage
        from PySide6.QtWidgets import QApplication
        from sr_studio.imaging.image_buffer import ImageBuffer
        from sr_studio.imaging.pixel_source import BufferSource
        from sr_studio.ui.canvas.compare_view import CompareView, Pane
        from tests.ui.canvas.conftest import is_settled, noise

        application = QApplication([])
        pixels = noise(900, 700)
        view = CompareView()
        view.resize(301, 203)
        view.show()
        assert view.devicePixelRatioF() == 2
        view.set_panes([Pane("Picture", BufferSource(ImageBuffer(pixels)))])
        view.set_zoom(1.0)
        loop = QEventLoop()
        timer = QTimer()
        timer.timeout.connect(lambda: is_settled(view) and loop.quit())
        timer.start(5)
        QTimer.singleShot(20_000, loop.quit)
        loop.exec()
        seen = view.visible_region
        assert (seen.width, seen.height) == (602, 406), seen
        first = view._views.shown[0]
        image = QImage(first.size_px, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        first.render(image, QPoint(0, 0))
        shown = image.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(shown.constBits(), np.uint8).reshape(406, -1)[:, : 3 * 602]
        np.testing.assert_array_equal(rows.reshape(406, 602, 3), pixels[seen.slices])
        view.close()
        """
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not result.stderr
