"""Puts colour hints on the picture, moves and removes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sr_studio.engines.colorization.hints import MOST_AB, Hint

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.editing.hint_layer import HintEdit, HintLayer
    from sr_studio.ui.canvas.canvas_tool import ToolEvent
    from sr_studio.ui.canvas.view_transform import ViewTransform

HintKind: TypeAlias = Literal["point", "scribble"]
AB: TypeAlias = tuple[float, float]

MIN_RADIUS_PX, MAX_RADIUS_PX = 1.0, 1000.0
_RADIUS_SHARE = 1 / 60  # of a picture's short side, before the user has chosen another
_MARKER_PX = 8.0  # logical; a dot is seen and hit at any zoom
_SELECTED_PX = 11.0
_DRAG_PX = 3.0  # logical; less is a click with an unsteady hand
_STEP_PX = 2.0  # logical, between two points of a scribble
_LEFT = Qt.MouseButton.LeftButton
_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_ACCENT = QColor(92, 174, 255)


class HintTool(QObject):
    """A CanvasTool that edits one HintLayer.

    A click puts a hint of the colour that is seen there, or selects the one that lies there; a drag
    moves it. The scribble draws a line. Ctrl and a click removes; Alt and a click gives the
    selected hint the colour of that place.

    Signals:
        repaint: (Region) what is drawn there is another.
        edited: (HintEdit) the hints are others; one for each drag.
        selected: another hint is selected, or none.
        sampled: (x, y) the colour of this place is wanted for the selected hint.
    """

    repaint = Signal(object)
    edited = Signal(object)
    selected = Signal()
    sampled = Signal(float, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kind: HintKind = "point"
        self.radius_px = 12.0
        self._radius_share = _RADIUS_SHARE
        self.has_marks = True
        self._layer: HintLayer | None = None
        self._index: int | None = None
        self._colour_at: Callable[[float, float], AB] = lambda _x, _y: (0.0, 0.0)
        self._paint_of: Callable[[Hint], tuple[int, int, int]] = lambda _hint: (128, 128, 128)
        self._pressed_at: tuple[float, float] | None = None
        self._dragged: Hint | None = None  # as it was before the drag
        self._line: list[tuple[float, float]] = []
        self._view: ViewTransform | None = None
        self._ratio = 1.0
        self._is_over_hint = False

    @property
    def cursor(self) -> Qt.CursorShape:
        return (
            Qt.CursorShape.PointingHandCursor if self._is_over_hint else Qt.CursorShape.CrossCursor
        )

    @property
    def index(self) -> int | None:
        """The selected hint; None where none is."""
        return self._index

    @property
    def hint(self) -> Hint | None:
        """The selected hint itself."""
        if self._layer is None or self._index is None or self._index >= len(self._layer.hints):
            return None
        return self._layer.hints[self._index]

    def set_layer(
        self,
        layer: HintLayer | None,
        colour_at: Callable[[float, float], AB],
        paint_of: Callable[[Hint], tuple[int, int, int]],
    ) -> None:
        """Edit these hints from now on.

        Args:
            layer: of the picture that is shown.
            colour_at: returns the colour (a, b) that the picture shows at (x, y).
            paint_of: returns sRGB of a hint's colour, on the lightness that it lies on.
        """
        if layer is not self._layer:
            self.abandon()
            self._layer = layer
            if layer is not None:
                self.radius_px = _within(round(self._radius_share * _short_side(layer)))
            self.select(None)
        self._colour_at, self._paint_of = colour_at, paint_of
        self.repaint_all()

    def select(self, index: int | None) -> None:
        if index != self._index:
            self._index = index
            self.repaint_all()
            self.selected.emit()

    def recolour(self, ab: AB, text: str) -> None:
        """Give the selected hint another colour; `text` as in HintEdit."""
        self._finish_drag()
        hint = self.hint
        if self._layer is not None and self._index is not None and hint is not None:
            changed = Hint(hint.points, hint.radius_px, _kept_colour(ab))
            self._tell(self._layer.replace(self._index, changed, text))

    def resize(self, radius_px: float, text: str) -> None:
        """Make the selected hint, and those to come, larger or smaller."""
        self._finish_drag()
        self.radius_px = _within(radius_px)
        if self._layer is not None:
            self._radius_share = self.radius_px / _short_side(self._layer)
        hint = self.hint
        if self._layer is not None and self._index is not None and hint is not None:
            changed = Hint(hint.points, self.radius_px, hint.ab)
            self._tell(self._layer.replace(self._index, changed, text))

    def shift(self, dx: float, dy: float, text: str) -> None:
        """Move the selected hint by pixels of the picture."""
        self._finish_drag()
        hint = self.hint
        if self._layer is not None and self._index is not None and hint is not None:
            moved = self._kept_inside(hint.moved(dx, dy))
            self._tell(self._layer.replace(self._index, moved, text))

    def select_next(self) -> None:
        """Select the hint that was put after the selected one, after the last the first."""
        if self._layer is not None and self._layer.hints:
            following = -1 if self._index is None else self._index
            self.select((following + 1) % len(self._layer.hints))

    def remove_selected(self) -> None:
        self._finish_drag()
        if self._index is not None and self.hint is not None:
            self._remove(self._index)

    def put(self, x: float, y: float) -> None:
        """Put a hint of the colour that is seen there, and select it."""
        self._finish_drag()
        if self._layer is not None:
            hint = Hint(((x, y),), self.radius_px, _kept_colour(self._colour_at(x, y)))
            self._tell(self._layer.add(hint, self.tr("Colour hint")))
            self.select(len(self._layer.hints) - 1)

    def set_marks(self, *, has_marks: bool) -> None:
        """Show the hints, or the picture without them; they count either way."""
        self.has_marks = has_marks
        self.repaint_all()

    def repaint_all(self) -> None:
        if self._view is not None:
            self.repaint.emit(self._view.visible.grow(1))

    def press(self, event: ToolEvent) -> None:
        layer = self._layer
        if layer is None or event.button != _LEFT or not self._is_inside(event):
            return
        found = layer.find(event.x, event.y, self._slack_px)
        if event.modifiers & _CTRL:
            if found is not None:
                self._remove(found)
        elif event.modifiers & _ALT:
            self.sampled.emit(event.x, event.y)
        elif found is not None:
            self.select(found)
            self._pressed_at, self._dragged = (event.x, event.y), layer.hints[found]
        elif self.kind == "scribble":
            self._line = [(event.x, event.y)]
        else:
            self.put(event.x, event.y)
            self._pressed_at, self._dragged = (event.x, event.y), layer.hints[-1]

    def move(self, event: ToolEvent) -> None:
        layer = self._layer
        if layer is None:
            return
        if self._line:
            self._extend(event)
        elif self._pressed_at is not None and self._dragged is not None and self._index is not None:
            dx, dy = event.x - self._pressed_at[0], event.y - self._pressed_at[1]
            if math.hypot(dx, dy) * self._zoom < _DRAG_PX * self._ratio:
                dx = dy = 0.0
            moved = self._kept_inside(self._dragged.moved(dx, dy))
            if moved != layer.hints[self._index]:
                layer.replace(self._index, moved, "")
                self.repaint_all()
        self._is_over_hint = layer.find(event.x, event.y, self._slack_px) is not None

    def release(self, event: ToolEvent) -> None:
        if event.button == _LEFT:
            self._finish_scribble()
            self._finish_drag()

    def leave(self) -> None:
        self._is_over_hint = False

    def abandon(self) -> bool:
        """Leave the hints as they were before the drag; return whether there was one."""
        was_drawing = bool(self._line)
        self._line = []
        if self._layer is not None and self._dragged is not None and self._index is not None:
            was_drawing = was_drawing or self._layer.hints[self._index] != self._dragged
            self._layer.replace(self._index, self._dragged, "")
        self._pressed_at = self._dragged = None
        if was_drawing:
            self.repaint_all()
        return was_drawing

    def paint(
        self,
        painter: QPainter,
        view: ViewTransform,
        exposed: QRect,  # noqa: ARG002  part of CanvasTool
        *,
        has_marks: bool,
    ) -> None:
        self._view = view
        self._ratio = painter.device().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._layer is not None and self.has_marks and has_marks:
            for index, hint in enumerate(self._layer.hints):
                self._paint_hint(painter, view, hint, is_selected=index == self._index)
        if self._line:
            line = Hint(tuple(self._line), self.radius_px, (0.0, 0.0))
            self._paint_scribble(painter, view, line, QColor(255, 255, 255, 150), is_selected=False)

    @property
    def _zoom(self) -> float:
        return 1.0 if self._view is None else self._view.zoom

    @property
    def _slack_px(self) -> float:
        return _SELECTED_PX * self._ratio / self._zoom

    def _is_inside(self, event: ToolEvent) -> bool:
        whole = None if self._layer is None else self._layer.whole
        return whole is not None and 0 <= event.x < whole.width and 0 <= event.y < whole.height

    def _kept_inside(self, hint: Hint) -> Hint:
        """Return it with its first point inside of the picture."""
        x, y = hint.points[0]
        inside = self._inside(x, y)
        return hint.moved(inside[0] - x, inside[1] - y)

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        """Return the nearest place of the picture."""
        if self._layer is None:
            return x, y
        whole = self._layer.whole
        return min(max(x, 0.0), whole.width - 0.5), min(max(y, 0.0), whole.height - 0.5)

    def _extend(self, event: ToolEvent) -> None:
        x, y = self._line[-1]
        place = self._inside(event.x, event.y)
        if math.hypot(place[0] - x, place[1] - y) * self._zoom >= _STEP_PX * self._ratio:
            self._line.append(place)
            self.repaint_all()

    def _finish_scribble(self) -> None:
        if not self._line or self._layer is None:
            return
        line, self._line = self._line, []
        hint = Hint(tuple(line), self.radius_px, _kept_colour(self._colour_at(*line[0])))
        self._tell(self._layer.add(hint, self.tr("Colour scribble")))
        self.select(len(self._layer.hints) - 1)

    def _finish_drag(self) -> None:
        """Let the hint lie where it was dragged to; that is one edit."""
        before, self._dragged, self._pressed_at = self._dragged, None, None
        if before is None or self._layer is None or self._index is None:
            return
        after = self._layer.hints[self._index]
        if after != before:
            self._layer.replace(self._index, before, "")
            self._tell(self._layer.replace(self._index, after, self.tr("Move colour hint")))

    def _remove(self, index: int) -> None:
        if self._layer is not None:
            edit = self._layer.remove(index, self.tr("Remove colour hint"))
            self.select(None)
            self._tell(edit)

    def _tell(self, edit: HintEdit) -> None:
        self.repaint_all()
        self.edited.emit(edit)

    def _paint_hint(
        self, painter: QPainter, view: ViewTransform, hint: Hint, *, is_selected: bool
    ) -> None:
        colour = QColor(*self._paint_of(hint))
        if hint.is_scribble:
            self._paint_scribble(painter, view, hint, colour, is_selected=is_selected)
        centre = QPointF(*view.to_view(*hint.points[0]))
        marker = (_SELECTED_PX if is_selected else _MARKER_PX) * self._ratio
        reach = hint.radius_px * view.zoom
        if reach > marker and not hint.is_scribble:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ink, style in ((QColor(0, 0, 0, 120), None), (QColor(255, 255, 255, 200), 1)):
                pen = QPen(ink, self._ratio)
                if style is not None:
                    pen.setDashPattern([4.0, 4.0])
                painter.setPen(pen)
                painter.drawEllipse(centre, reach, reach)
        painter.setBrush(colour)
        ring = _ACCENT if is_selected else QColor(255, 255, 255)
        for ink, width in ((QColor(0, 0, 0, 170), 4.0), (ring, 2.0)):
            painter.setPen(QPen(ink, width * self._ratio))
            painter.drawEllipse(centre, marker, marker)

    def _paint_scribble(
        self,
        painter: QPainter,
        view: ViewTransform,
        hint: Hint,
        colour: QColor,
        *,
        is_selected: bool,
    ) -> None:
        line = QPolygonF([QPointF(*view.to_view(*point)) for point in hint.points])
        width = max(3.0 * self._ratio, 2 * hint.radius_px * view.zoom)
        ring = _ACCENT if is_selected else QColor(255, 255, 255)
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, extra in ((QColor(0, 0, 0, 170), 4.0), (ring, 2.5), (colour, 0.0)):
            pen = QPen(ink, width + extra * self._ratio, Qt.PenStyle.SolidLine, cap, join)
            painter.setPen(pen)
            painter.drawPolyline(line)


def _kept_colour(ab: AB) -> AB:
    """Return the colour within what a file of hints may hold."""
    a, b = (min(max(value, -MOST_AB), MOST_AB) for value in ab)
    return a, b


def _within(radius_px: float) -> float:
    return float(min(max(radius_px, MIN_RADIUS_PX), MAX_RADIUS_PX))


def _short_side(layer: HintLayer) -> int:
    return min(layer.whole.width, layer.whole.height)
