"""What works on the picture with the mouse: brushes, hints, samplers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QCursor, QMouseEvent, QPainter

    from sr_studio.ui.canvas.view_transform import ViewTransform


class CanvasTool(Protocol):
    """Takes the plain mouse while it is set; wheel, middle button and Space still pan and zoom.

    Points are in picture pixels and may lie outside of the picture.
    """

    cursor: QCursor | Qt.CursorShape

    def press(self, x: float, y: float, event: QMouseEvent) -> None: ...

    def move(self, x: float, y: float, event: QMouseEvent) -> None:
        """Follow the mouse, whether a button is down or not."""

    def release(self, x: float, y: float, event: QMouseEvent) -> None: ...

    def paint(self, painter: QPainter, view: ViewTransform) -> None:
        """Draw over the picture; the painter is in the view's device pixels."""
