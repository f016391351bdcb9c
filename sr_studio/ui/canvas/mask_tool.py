"""Paints the mask: what the mouse, a pen or the keyboard does with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sr_studio.editing.selections import (
    colour_range,
    combine,
    ellipse,
    flood,
    polygon,
    rectangle,
)
from sr_studio.editing.stroke import BrushTip, Stroke
from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.mask_overlay import MaskOverlay

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskLayer, MaskPatch
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.ui.canvas.canvas_tool import ToolEvent
    from sr_studio.ui.canvas.mask_overlay import MaskLook
    from sr_studio.ui.canvas.view_transform import ViewTransform

ToolKind: TypeAlias = Literal[
    "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse", "flood", "colours"
]
Point: TypeAlias = tuple[float, float]

MIN_DIAMETER_PX, MAX_DIAMETER_PX = 1.0, 2000.0
_BRUSHES = ("brush", "eraser")
_PICKERS = ("flood", "colours")
_HARDNESS_PER_PX = 1 / 200  # of a drag up or down, in device pixels
_CLOSE_PX = 10.0  # device pixels from a polygon's first corner
_LEAST_OUTLINE_PX = 3.0  # radius in device pixels below which a cross is seen better
_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier


class MaskTool(QObject):
    """A CanvasTool that edits one MaskLayer.

    The left button draws: Shift goes on from the end of the last stroke in a line, or keeps the
    sides of a rectangle or an ellipse equal; Ctrl erases, as a pen's other end does. The right
    button, or Alt, changes the brush: sideways its size, up and down its hardness.

    Signals:
        repaint: (Region) what is drawn there is another.
        edited: (MaskPatch, ToolKind) the mask is another; one for each drag.
        tip_changed: the brush is another.
    """

    repaint = Signal(object)
    edited = Signal(object, str)
    tip_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kind: ToolKind = "brush"
        self.tip = BrushTip(60.0, 0.8)
        self.tolerance = 24
        self._layer: MaskLayer | None = None
        self._pixels: Pixels | None = None
        self._overlay: MaskOverlay | None = None
        self._look: MaskLook | None = None
        self._view: ViewTransform | None = None
        self._ratio = 1.0  # device pixels of a logical one
        self._pointer: Point | None = None
        self._stroke: Stroke | None = None
        self._points: list[Point] = []
        self._is_erasing = False
        self._line_start: Point | None = None
        self._sized_from: tuple[Point, BrushTip] | None = None

    @property
    def cursor(self) -> Qt.CursorShape:
        has_outline = self.kind in _BRUSHES and self._radius_px >= _LEAST_OUTLINE_PX
        return Qt.CursorShape.BlankCursor if has_outline else Qt.CursorShape.CrossCursor

    @property
    def pointer(self) -> Point | None:
        """Where it is, in picture pixels; None while it is over no picture."""
        return self._pointer

    @property
    def is_drawing(self) -> bool:
        return self._stroke is not None or bool(self._points)

    @property
    def last_corner(self) -> Point | None:
        """Of the polygon that is being drawn."""
        return self._points[-1] if self._points else None

    def set_layer(self, layer: MaskLayer | None, pixels: Pixels | None) -> None:
        """Edit this mask from now on; `pixels`, (H, W, C), are what flood and colours look at."""
        self.abandon()
        if layer is not self._layer:
            self._line_start = None
            self._overlay = None if layer is None else MaskOverlay(layer.coverage)
            if self._overlay is not None and self._look is not None:
                self._overlay.set_look(self._look)
        self._layer, self._pixels = layer, pixels
        self._repaint_all()

    def set_look(self, look: MaskLook) -> None:
        self._look = look
        if self._overlay is not None:
            self._overlay.set_look(look)
        self._repaint_all()

    def set_kind(self, kind: ToolKind) -> None:
        self.abandon()
        self._repaint_pointer()
        self.kind = kind
        self._repaint_pointer()

    def set_tip(self, *, diameter_px: float | None = None, hardness: float | None = None) -> None:
        """Change the brush, within what makes sense."""
        wanted = self.tip.diameter_px if diameter_px is None else diameter_px
        hard = self.tip.hardness if hardness is None else hardness
        tip = replace(
            self.tip,
            diameter_px=min(max(wanted, MIN_DIAMETER_PX), MAX_DIAMETER_PX),
            hardness=min(max(hard, 0.0), 1.0),
        )
        if tip != self.tip:
            self._repaint_pointer()
            self.tip = tip
            self._repaint_pointer()
            self.tip_changed.emit()

    def show_change(self, region: Region) -> None:
        """The mask was changed there by something else: an undo, a fill, a found mask."""
        if self._overlay is not None:
            self._overlay.mark(region)
        self.repaint.emit(region)

    def press(self, event: ToolEvent) -> None:
        self._point_at(event)
        place = event.x, event.y
        if self._layer is None:
            return
        if event.button == _RIGHT or (event.button == _LEFT and event.modifiers & _ALT):
            self._sized_from = place, self.tip
        elif event.button == _LEFT and self._stroke is None:
            self._is_erasing = bool(event.modifiers & _CTRL) or event.is_eraser
            if self.kind in _BRUSHES:
                self._begin_stroke(event)
            elif self.kind == "polygon":
                self._add_corner(place, is_last=event.is_double)
            elif self.kind in _PICKERS:
                self._pick(place)
            else:
                self._points = [place]

    def move(self, event: ToolEvent) -> None:
        self._point_at(event)
        place = event.x, event.y
        if self._sized_from is not None:
            (x, y), tip = self._sized_from
            self.set_tip(
                diameter_px=tip.diameter_px + 2 * (event.x - x),
                hardness=tip.hardness - (event.y - y) * self._zoom * _HARDNESS_PER_PX,
            )
        elif self._stroke is not None:
            self.show_change(self._stroke.extend(*place, event.pressure))
        elif self._points and self.kind != "polygon":
            self._repaint_outline()
            if self.kind == "lasso":
                self._points.append(place)
            else:
                self._points[1:] = [_square(self._points[0], place, event)]
            self._repaint_outline()
        elif self._points:
            self._repaint_outline()

    def release(self, event: ToolEvent) -> None:
        if self._sized_from is not None:
            self._sized_from = None
        elif event.button != _LEFT or self._layer is None:
            return
        elif self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            self._line_start = event.x, event.y
            self._tell(stroke.finish())
        elif self._points and self.kind != "polygon":
            self._close_outline()

    def leave(self) -> None:
        self._repaint_pointer()
        self._pointer = None

    def abandon(self) -> bool:
        """Leave the mask as it was before the drag; return whether there was one."""
        was_drawing = self.is_drawing
        if self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            self.show_change(stroke.abandon())
        self._drop_outline()
        self._sized_from = None
        return was_drawing

    def paint(
        self, painter: QPainter, view: ViewTransform, exposed: QRect, *, has_marks: bool
    ) -> None:
        self._view = view
        self._ratio = painter.device().devicePixelRatioF()
        if self._overlay is not None and (has_marks or self._stroke is not None):
            self._overlay.paint(painter, view, exposed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._points:
            self._paint_outline(painter, view)
        if self._pointer is not None and self.kind in _BRUSHES:
            self._paint_tip(painter, view, self._pointer)

    @property
    def _zoom(self) -> float:
        view = self._view
        return 1.0 if view is None else view.zoom

    @property
    def _radius_px(self) -> float:
        return self.tip.diameter_px / 2 * self._zoom

    def _begin_stroke(self, event: ToolEvent) -> None:
        if self._layer is None:
            return
        is_eraser = self._is_erasing or self.kind == "eraser"
        self._stroke = Stroke(self._layer, replace(self.tip, is_eraser=is_eraser))
        place = event.x, event.y
        if event.modifiers & _SHIFT and self._line_start is not None:
            self.show_change(self._stroke.begin(*self._line_start, event.pressure))
            self.show_change(self._stroke.extend(*place, event.pressure))
        else:
            self.show_change(self._stroke.begin(*place, event.pressure))

    def _add_corner(self, place: Point, *, is_last: bool) -> None:
        if self._points:
            x, y = self._points[0]
            near = max(abs(place[0] - x), abs(place[1] - y)) * self._zoom < _CLOSE_PX
            is_last = is_last or (near and len(self._points) > 2)
        if is_last:
            self._close_outline()
        else:
            self._points.append(place)
            self._repaint_outline()

    def _close_outline(self) -> None:
        """Add what is outlined to the mask, or take it away."""
        layer, points = self._layer, self._points
        self._drop_outline()
        if layer is None or len(points) < 2:
            return
        size = layer.width, layer.height
        if self.kind in ("rectangle", "ellipse"):
            (x0, y0), (x1, y1) = points[0], points[-1]
            corners = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
            shape = rectangle if self.kind == "rectangle" else ellipse
            self._combine(*shape(*corners, *size))
        elif len(points) > 2:
            self._combine(*polygon(points, *size))

    def _pick(self, place: Point) -> None:
        """Add what is like the place, next to it or everywhere."""
        layer, pixels = self._layer, self._pixels
        x, y = int(place[0] // 1), int(place[1] // 1)
        if layer is None or pixels is None or not (0 <= x < layer.width and 0 <= y < layer.height):
            return
        if self.kind == "flood":
            self._combine(*flood(pixels, x, y, self.tolerance))
        else:
            self._combine(*colour_range(pixels, [pixels[y, x]], self.tolerance))

    def _combine(self, region: Region, values: NDArray[np.uint8]) -> None:
        if self._layer is not None:
            how: Literal["add", "subtract"] = "subtract" if self._is_erasing else "add"
            self._tell(combine(self._layer, region, values, how))

    def _tell(self, patch: MaskPatch | None) -> None:
        if patch is not None:
            self.show_change(patch.region)
            self.edited.emit(patch, self.kind)

    def _point_at(self, event: ToolEvent) -> None:
        self._repaint_pointer()
        self._pointer = event.x, event.y
        self._repaint_pointer()

    def _repaint_pointer(self) -> None:
        if self._pointer is not None and self.kind in _BRUSHES:
            x, y = self._pointer
            reach = self.tip.diameter_px / 2 + 4 * self._ratio / self._zoom
            self.repaint.emit(_around([(x - reach, y - reach), (x + reach, y + reach)]))

    def _repaint_outline(self) -> None:
        points = [*self._points, *([] if self._pointer is None else [self._pointer])]
        if points:
            self.repaint.emit(_around(points).grow(round(8 * self._ratio / self._zoom) + 1))

    def _repaint_all(self) -> None:
        if self._view is not None:
            self.repaint.emit(self._view.visible.grow(1))

    def _drop_outline(self) -> None:
        self._repaint_outline()
        self._points = []

    def _paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        points = [*self._points]
        if self.kind == "polygon" and self._pointer is not None:
            points.append(self._pointer)
        shape = QPolygonF([QPointF(*view.to_view(*point)) for point in points])
        box = QRectF(shape.first(), shape.last()).normalized()
        for colour, style in _INKS:
            painter.setPen(QPen(colour, 1.5 * self._ratio, style))
            if self.kind == "rectangle":
                painter.drawRect(box)
            elif self.kind == "ellipse":
                painter.drawEllipse(box)
            else:
                painter.drawPolyline(shape)
        if self.kind == "polygon":
            half = 3 * self._ratio
            painter.setPen(QPen(Qt.GlobalColor.black, self._ratio))
            painter.setBrush(Qt.GlobalColor.white)
            for corner in shape.toList()[: len(self._points)]:
                painter.drawRect(QRectF(corner.x() - half, corner.y() - half, 2 * half, 2 * half))

    def _paint_tip(self, painter: QPainter, view: ViewTransform, place: Point) -> None:
        """Draw the brush at its true size; within it, how far it is full."""
        centre, radius = QPointF(*view.to_view(*place)), self._radius_px
        if radius < _LEAST_OUTLINE_PX:
            return
        for colour, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255), 1.2)):
            painter.setPen(QPen(colour, width * self._ratio))
            painter.drawEllipse(centre, radius, radius)
        if self.tip.hardness < 1:
            inner = radius * self.tip.hardness
            painter.setPen(QPen(QColor(255, 255, 255, 120), self._ratio))
            painter.drawEllipse(centre, inner, inner)


_INKS = (
    (QColor(0, 0, 0), Qt.PenStyle.SolidLine),
    (QColor(255, 255, 255), Qt.PenStyle.DashLine),
)


def _square(start: Point, place: Point, event: ToolEvent) -> Point:
    """Return the corner opposite to `start`; with Shift at the same distance both ways."""
    if not event.modifiers & _SHIFT:
        return place
    dx, dy = place[0] - start[0], place[1] - start[1]
    side = max(abs(dx), abs(dy))
    return start[0] + (side if dx >= 0 else -side), start[1] + (side if dy >= 0 else -side)


def _around(points: list[Point]) -> Region:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x, y = int(min(xs) // 1), int(min(ys) // 1)
    return Region(x, y, int(max(xs) // 1) + 1 - x, int(max(ys) // 1) + 1 - y)
