"""What works on the picture with the mouse: brushes, hints, samplers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QCursor, QMouseEvent, QPainter

    from sr_studio.ui.canvas.view_transform import ViewTransform


@dataclass(frozen=True, slots=True)
class ToolEvent:
    """The mouse, a pen or, where the keyboard takes its place, a key.

    Attributes:
        x: in picture pixels, as y; may lie outside of the picture.
        button: that was pressed or released.
        buttons: that are down.
        pressure: of a pen, from 0 to 1.
        is_eraser: it is the other end of the pen.
        is_double: the second press of a double click.
    """

    x: float
    y: float
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    pressure: float = 1.0
    is_eraser: bool = False
    is_double: bool = False


class CanvasTool(Protocol):
    """Takes the plain mouse while it is set; wheel, middle button and Space still pan and zoom."""

    @property
    def cursor(self) -> QCursor | Qt.CursorShape: ...

    def press(self, event: ToolEvent) -> None: ...

    def move(self, event: ToolEvent) -> None:
        """Follow the mouse, whether a button is down or not."""

    def release(self, event: ToolEvent) -> None: ...

    def leave(self) -> None:
        """The mouse is over no picture any more."""

    def paint(
        self, painter: QPainter, view: ViewTransform, exposed: QRect, *, has_marks: bool
    ) -> None:
        """Draw over the picture; the painter and `exposed` are in the view's device pixels.

        Without `has_marks` the picture is to be seen: nothing but what follows the pointer is drawn.
        """


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn errors of OpenCV into others, around what runs in a virtual method of Qt.

    WORKAROUND: an error that cv2 raises ends the program where PySide 6.11 takes it from a virtual
    method to report it; any other is reported.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__ == "cv2":
            raise RuntimeError(str(error)) from None
        raise


def tool_event(event: QMouseEvent | QTabletEvent, place: tuple[float, float]) -> ToolEvent:
    """Return what Qt tells, at a place in picture pixels."""
    is_pen = isinstance(event, QTabletEvent)
    return ToolEvent(
        *place,
        event.button(),
        event.buttons(),
        event.modifiers(),
        pressure=event.pressure() if isinstance(event, QTabletEvent) else 1.0,
        is_eraser=is_pen and event.pointerType() == QPointingDevice.PointerType.Eraser,
        is_double=event.type() == QEvent.Type.MouseButtonDblClick,
    )
