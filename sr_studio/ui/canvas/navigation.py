"""Turns the gestures of mouse, trackpad and fingers into pan and zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QInputDevice, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture
from typing_extensions import override

from sr_studio.ui.canvas.image_view import ImageView

if TYPE_CHECKING:
    from sr_studio.ui.canvas.view_state import ViewState

_NOTCH = 120  # what a mouse wheel tells for one notch, in eighths of a degree
_NOTCHES_PER_DOUBLING = 3
_TRACKPAD_PX_PER_DOUBLING = 200
_MOUSE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
_TABLET = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)


class Navigation(QObject):
    """Watches the views it is told to; a press that a view wants for itself is left to it.

    Signals:
        pointed: (ImageView, x, y) the pointer is there, in device pixels.
        left: it is over no picture.
    """

    pointed = Signal(object, float, float)
    left = Signal()

    def __init__(self, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._dragged_from: QPoint | None = None
        self._is_hand = False
        self._views: list[ImageView] = []

    def watch(self, view: ImageView) -> None:
        view.installEventFilter(self)
        view.grabGesture(Qt.GestureType.PinchGesture)
        self._views.append(view)

    def set_hand(self, *, is_hand: bool) -> None:
        """While Space is held, a plain drag pans whatever tool is set."""
        self._is_hand = is_hand
        for view in self._views:
            if view.underMouse():
                self._show_cursor(view, QPointF(view.mapFromGlobal(QCursor.pos())))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, ImageView):
            return False
        kind = event.type()
        if kind == QEvent.Type.Wheel:
            return self._on_wheel(watched, cast("QWheelEvent", event))
        if kind in _TABLET and self._is_hand:
            event.ignore()  # it comes again as the mouse, which pans
            return True
        if kind in _MOUSE:
            return self._on_mouse(watched, cast("QMouseEvent", event))
        if kind == QEvent.Type.NativeGesture:
            return self._on_native_gesture(watched, cast("QNativeGestureEvent", event))
        if kind == QEvent.Type.Gesture:
            return self._on_gesture(watched, cast("QGestureEvent", event))
        if kind == QEvent.Type.Leave:
            self.left.emit()
        return False

    def _on_wheel(self, view: ImageView, event: QWheelEvent) -> bool:
        about = view.to_device(event.position())
        pixels = event.pixelDelta()
        is_trackpad = not pixels.isNull() and (
            event.phase() != Qt.ScrollPhase.NoScrollPhase
            or event.device().type() == QInputDevice.DeviceType.TouchPad
        )
        if not is_trackpad:
            notches = event.angleDelta().y() / _NOTCH
            if notches:
                factor = 2 ** (notches / _NOTCHES_PER_DOUBLING)
                self._state.zoom_by(factor, about, has_stops=True)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._state.zoom_by(2 ** (pixels.y() / _TRACKPAD_PX_PER_DOUBLING), about)
        else:
            self._state.pan(*view.to_device(QPointF(pixels)))
        self.pointed.emit(view, *about)
        event.accept()
        return True

    def _on_mouse(self, view: ImageView, event: QMouseEvent) -> bool:
        position = event.position()
        kind, button = event.type(), event.button()
        if kind == QEvent.Type.MouseMove:
            return self._on_move(view, event)
        if kind == QEvent.Type.MouseButtonRelease:
            was_dragging = self._dragged_from is not None
            self._dragged_from = None
            self._show_cursor(view, position)
            return was_dragging
        if button != Qt.MouseButton.MiddleButton and not self._is_hand:
            if view.cursor_at(position) is not None:
                return False
            if button == Qt.MouseButton.LeftButton and kind == QEvent.Type.MouseButtonDblClick:
                self._state.toggle_fit(view.to_device(position))
                return True
        if button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged_from = _whole_device_px(view, event)
            view.setCursor(Qt.CursorShape.ClosedHandCursor)
            return True
        return False

    def _on_move(self, view: ImageView, event: QMouseEvent) -> bool:
        is_dragging = self._dragged_from is not None
        if self._dragged_from is not None:
            here = _whole_device_px(view, event)
            moved = here - self._dragged_from
            self._dragged_from = here
            self._state.pan(moved.x(), moved.y())
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._show_cursor(view, event.position())
        self.pointed.emit(view, *view.to_device(event.position()))
        return is_dragging

    def _on_native_gesture(self, view: ImageView, event: QNativeGestureEvent) -> bool:
        about = view.to_device(event.position())
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._state.zoom_by(1 + event.value(), about)
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            self._state.toggle_fit(about)
        else:
            return False
        return True

    def _on_gesture(self, view: ImageView, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        centre: QPoint = pinch.centerPoint().toPoint()
        about = view.to_device(QPointF(view.mapFromGlobal(centre)))
        self._state.zoom_by(pinch.scaleFactor(), about)
        return True

    def _show_cursor(self, view: ImageView, position: QPointF) -> None:
        wanted = None if self._is_hand else view.cursor_at(position)
        view.setCursor(wanted if wanted is not None else Qt.CursorShape.OpenHandCursor)


def _whole_device_px(view: ImageView, event: QMouseEvent) -> QPoint:
    """Return the place on the screen: moved by whole pixels, a picture need not be drawn anew."""
    return (event.globalPosition() * view.devicePixelRatioF()).toPoint()
