from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from sr_studio.ui.canvas.split_line import SplitLine
from tests.ui.canvas.conftest import MapOfItself

LEFT = Qt.MouseButton.LeftButton


def wheel(
    widget,
    x: float,
    y: float,
    *,
    notches: float = 0,
    pixels: tuple[int, int] = (0, 0),
    modifiers=Qt.KeyboardModifier.NoModifier,
    phase=Qt.ScrollPhase.NoScrollPhase,
) -> None:
    event = QWheelEvent(
        QPointF(x, y),
        QPointF(widget.mapToGlobal(QPointF(x, y))),
        QPoint(*pixels),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        phase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def view(show):
    view = show([MapOfItself(4000, 3000), MapOfItself(4000, 3000)])
    view.set_zoom(0.7)
    return view


@pytest.mark.parametrize("pane", [0, 1])
@pytest.mark.parametrize("notches", [1, -1, 3, 0.25])
def test_the_wheel_zooms_about_the_pointer(view, pane, notches):
    widget = view._views.shown[pane]
    before = view.state.view
    point = before.to_picture(120, 75)
    wheel(widget, 120, 75, notches=notches)
    after = view.state.view
    assert after.zoom == pytest.approx(
        1.0 if notches == 3 else before.zoom * 2 ** (notches / 3)  # it halts at 100 %
    )
    assert after.to_view(*point) == pytest.approx((120, 75), abs=0.5 if after.is_crisp else 1e-6)


def test_the_wheel_halts_at_fit_and_at_100_percent(view):
    view.zoom_to_fit()
    widget = view._views.shown[0]
    wheel(widget, 50, 50, notches=30)
    assert view.zoom == 1.0
    wheel(widget, 50, 50, notches=1)
    assert view.zoom > 1.0
    wheel(widget, 50, 50, notches=-30)
    assert view.zoom == 1.0
    wheel(widget, 50, 50, notches=-30)
    assert view.state.is_fit


def test_two_fingers_on_a_trackpad_pan(view):
    before = view.state.view
    widget = view._views.shown[0]
    wheel(widget, 100, 100, pixels=(-30, -18), phase=Qt.ScrollPhase.ScrollUpdate)
    after = view.state.view
    assert after.zoom == before.zoom
    assert after.left == pytest.approx(before.left - 30)
    assert after.top == pytest.approx(before.top - 18)


def test_two_fingers_with_control_zoom_about_the_pointer(view):
    point = view.state.view.to_picture(100, 60)
    wheel(
        view._views.shown[0],
        100,
        60,
        pixels=(0, 100),
        modifiers=Qt.KeyboardModifier.ControlModifier,
        phase=Qt.ScrollPhase.ScrollUpdate,
    )
    assert view.zoom == pytest.approx(0.7 * 2**0.5)
    assert view.state.view.to_view(*point) == pytest.approx((100, 60))


def native_gesture(widget, kind: Qt.NativeGestureType, value: float) -> None:
    trackpad = QPointingDevice(
        "trackpad",
        1,
        QInputDevice.DeviceType.TouchPad,
        QPointingDevice.PointerType.Finger,
        QInputDevice.Capability.Position,
        2,
        1,
    )
    at = QPointF(90, 40)
    there = widget.mapToGlobal(at)
    event = QNativeGestureEvent(kind, trackpad, 2, at, at, QPointF(there), value, QPointF(), 1)
    QApplication.sendEvent(widget, event)


def test_a_pinch_zooms_about_the_fingers(view):
    point = view.state.view.to_picture(90, 40)
    native_gesture(view._views.shown[1], Qt.NativeGestureType.ZoomNativeGesture, 0.1)
    assert view.zoom == pytest.approx(0.77)
    assert view.state.view.to_view(*point) == pytest.approx((90, 40))


def test_two_fingers_on_a_touch_screen_zoom_about_their_middle(view):
    widget = view._views.shown[0]
    point = view.state.view.to_picture(70, 90)
    pinch = QPinchGesture()
    pinch.setCenterPoint(widget.mapToGlobal(QPointF(70, 90)))
    pinch.setScaleFactor(1.2)
    QApplication.sendEvent(widget, QGestureEvent([pinch]))
    assert view.zoom == pytest.approx(0.84)
    assert view.state.view.to_view(*point) == pytest.approx((70, 90))


def test_the_wheel_works_over_a_title_too(view):
    chip = view._chips._titles[0]
    at = chip.geometry().center()
    assert view.childAt(at) is view._views.shown[0]


def test_a_double_tap_toggles_fit(view):
    view.zoom_to_fit()
    native_gesture(view._views.shown[0], Qt.NativeGestureType.SmartZoomNativeGesture, 0)
    assert view.zoom == 1.0


@pytest.mark.parametrize("button", [LEFT, Qt.MouseButton.MiddleButton])
def test_a_drag_takes_the_picture_along_in_all_panes(view, button):
    left, right = view._views.shown
    before = view.state.view
    QTest.mousePress(left, button, pos=QPoint(100, 100))
    QTest.mouseMove(left, QPoint(140, 90))
    assert left.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseRelease(left, button, pos=QPoint(140, 90))
    assert left.view == right.view
    assert left.view.left == pytest.approx(before.left + 40)
    assert left.view.top == pytest.approx(before.top - 10)
    QTest.mouseMove(left, QPoint(10, 10))
    assert left.view.left == pytest.approx(before.left + 40)
    assert left.cursor().shape() == Qt.CursorShape.OpenHandCursor


def test_a_double_click_goes_to_100_percent_there_and_back_to_fit(view):
    view.zoom_to_fit()
    widget = view._views.shown[0]
    point = view.state.view.to_picture(80, 200)
    QTest.mouseDClick(widget, LEFT, pos=QPoint(80, 200))
    assert view.zoom == 1.0
    assert view.state.view.to_view(*point) == pytest.approx((80, 200), abs=0.5)
    QTest.mouseDClick(widget, LEFT, pos=QPoint(80, 200))
    assert view.state.is_fit
    QTest.mouseRelease(widget, LEFT, pos=QPoint(80, 200))


def test_the_split_line_is_dragged_and_turned_by_the_mouse(view):
    view.set_mode("split")
    widget = view._views.split
    before = view.state.view
    QTest.mouseMove(widget, QPoint(320, 60))
    assert widget.cursor().shape() == Qt.CursorShape.SplitHCursor
    QTest.mousePress(widget, LEFT, pos=QPoint(320, 60))
    QTest.mouseMove(widget, QPoint(200, 240))
    QTest.mouseRelease(widget, LEFT, pos=QPoint(200, 240))
    assert view.split_line == SplitLine(200 / 640, 0.5)
    QTest.mousePress(widget, LEFT, pos=QPoint(200, 330))  # the lower of the two small grips
    QTest.mouseMove(widget, QPoint(100, 240))
    QTest.mouseRelease(widget, LEFT, pos=QPoint(100, 240))
    assert view.split_line.angle_deg == 90
    QTest.mousePress(widget, LEFT, pos=QPoint(290, 240))  # the other one
    QTest.mouseMove(widget, QPoint(270, 170))
    QTest.mouseRelease(widget, LEFT, pos=QPoint(270, 170))
    assert view.split_line.angle_deg == pytest.approx(45)
    assert view.state.view == before


def test_beside_the_line_a_drag_pans(view):
    view.set_mode("split")
    before = view.state.view
    widget = view._views.split
    QTest.mousePress(widget, LEFT, pos=QPoint(100, 60))
    QTest.mouseMove(widget, QPoint(120, 60))
    QTest.mouseRelease(widget, LEFT, pos=QPoint(120, 60))
    assert view.state.view.left == pytest.approx(before.left + 20)
    assert view.split_line == SplitLine()


def test_leaving_a_picture_clears_the_readout(qtbot, view):
    QTest.mouseMove(view._views.shown[0], QPoint(50, 50))
    with qtbot.waitSignal(view.hovered, check_params_cb=lambda text: text == ""):
        QApplication.sendEvent(view._views.shown[0], QEvent(QEvent.Type.Leave))
