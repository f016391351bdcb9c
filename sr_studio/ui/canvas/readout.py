"""What lies under the pointer: told in words, and shown by the loupe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.ui.canvas.comparison import Pane
    from sr_studio.ui.canvas.image_view import ImageView
    from sr_studio.ui.canvas.loupe import Loupe
    from sr_studio.ui.canvas.navigation import Navigation
    from sr_studio.ui.canvas.view_state import ViewState


class Readout(QObject):
    """Follows the pointer over the panes.

    Signals:
        changed: (str) "x 12, y 7   Bicubic 128 90 71   Deep 131 92 70"; empty beside the picture.
    """

    changed = Signal(str)

    def __init__(self, state: ViewState, navigation: Navigation, loupe: Loupe) -> None:
        super().__init__(loupe.parent())
        self._state = state
        self._loupe = loupe
        self._panes: tuple[Pane, ...] = ()
        self._pointer: tuple[ImageView, float, float] | None = None
        navigation.pointed.connect(self._on_pointed)
        navigation.left.connect(self._on_left)
        state.changed.connect(self._refresh)

    def set_panes(self, panes: Sequence[Pane]) -> None:
        self._panes = tuple(panes)
        self._refresh()

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is in its pane, in device pixels; None where it is over none."""
        return None if self._pointer is None else self._pointer[1:]

    def point_loupe(self, view: ImageView) -> None:
        """Point the loupe where the mouse is, without one at the middle of this view."""
        size = view.size_px
        self._look(*(self._pointer or (view, size.width() / 2, size.height() / 2)))

    @Slot(object, float, float)
    def _on_pointed(self, view: ImageView, view_x: float, view_y: float) -> None:
        self._pointer = view, view_x, view_y
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Tell again: the picture may have moved, or become another, under a resting pointer."""
        if self._pointer is None or not self._panes:
            self.changed.emit("")
            return
        point = self._look(*self._pointer)
        self.changed.emit("" if point is None else self._describe(*point))

    @Slot()
    def _on_left(self) -> None:
        self._pointer = None
        self.changed.emit("")

    def _look(self, view: ImageView, view_x: float, view_y: float) -> tuple[int, int] | None:
        """Move the loupe there and return the pixel, None beside the picture."""
        transform = self._state.view
        x, y = transform.to_picture(view_x, view_y)
        if not (0 <= x < transform.picture_width and 0 <= y < transform.picture_height):
            return None
        self._loupe.look_at(x, y, transform.zoom)
        ratio = view.devicePixelRatioF()
        pointer = QPointF(view_x / ratio, view_y / ratio).toPoint()
        self._loupe.place_beside(view.mapToParent(pointer))
        return math.floor(x), math.floor(y)

    def _describe(self, x: int, y: int) -> str:
        words = [f"x {x}, y {y}"]
        words += [
            f"{pane.title} {pane.source.describe(x, y)}"
            for pane in self._panes
            if x < pane.source.width and y < pane.source.height
        ]
        return "   ".join(words)
