"""Two pictures in one view, parted by a line that can be dragged and turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from typing_extensions import override

from sr_studio.ui.canvas.image_view import ImageView
from sr_studio.ui.canvas.split_line import Point, SplitLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QCursor, QMouseEvent
    from PySide6.QtWidgets import QWidget

    from sr_studio.ui.canvas.tile_loader import TileLoader
    from sr_studio.ui.canvas.tiled_picture import TiledPicture
    from sr_studio.ui.canvas.view_state import ViewState

_GRIP_PX = 14  # logical pixels, as all below: radius of the grip in the middle
_TURN_GRIP_PX = 7
_TURN_GRIP_AT_PX = 90
_REACH_PX = 9
_LIGHT = QColor(255, 255, 255)
_DARK = QColor(0, 0, 0, 150)


class SplitView(ImageView):
    """Shows picture A on one side of the line and B on the other.

    Signals:
        line_moved: the line lies elsewhere.
    """

    line_moved = Signal()

    def __init__(self, state: ViewState, loader: TileLoader, parent: QWidget | None = None) -> None:
        super().__init__(state, loader, parent)
        self._second: TiledPicture | None = None
        self._second_has_marks = True
        self._line = SplitLine()
        self._dragging: Literal["", "line", "forward", "backward"] = ""

    @property
    def line(self) -> SplitLine:
        return self._line

    def set_pictures(
        self,
        first: TiledPicture,
        second: TiledPicture,
        *,
        has_marks: tuple[bool, bool] = (True, True),
    ) -> None:
        """Show a picture on each side; `set_picture` shows one on both."""
        self._second, self._second_has_marks = second, has_marks[1]
        super().set_picture(first, has_marks=has_marks[0])

    @override
    def set_picture(
        self,
        picture: TiledPicture | None,
        *,
        standby: TiledPicture | None = None,
        has_marks: bool = True,
    ) -> None:
        self._second, self._second_has_marks = picture, has_marks
        super().set_picture(picture, standby=standby, has_marks=has_marks)

    def set_line(self, line: SplitLine) -> None:
        if line != self._line:
            self._line = line
            self.update()
            self.line_moved.emit()

    @override
    def shown_pictures(self) -> list[TiledPicture]:
        shown = super().shown_pictures()
        return [*shown, self._second] if shown and self._second is not None else shown

    @override
    def paint_pictures(self, painter: QPainter, exposed: QRect) -> None:
        for picture in self._on_each_side(painter):
            painter.drawPixmap(exposed, self.rendered(picture), exposed)

    @override
    def paint_final_tiles(self, painter: QPainter, exposed: QRect) -> None:
        for picture in self._on_each_side(painter):
            self.draw_final(painter, picture, exposed)

    @override
    def paint_tool(self, painter: QPainter, exposed: QRect, *, has_marks: bool) -> None:
        if self._second_has_marks == has_marks:
            super().paint_tool(painter, exposed, has_marks=has_marks)
            return
        both = has_marks, self._second_has_marks
        for _, marks in zip(self._on_each_side(painter), both, strict=True):
            super().paint_tool(painter, exposed, has_marks=marks)

    @override
    def paint_overlay(self, painter: QPainter, exposed: QRect) -> None:
        super().paint_overlay(painter, exposed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        size = self.size_px
        middle = QPointF(*self._line.middle(size.width(), size.height()))
        along = QPointF(*self._line.direction())
        end = along * (size.width() + size.height())
        for colour, width in ((_DARK, 4.0), (_LIGHT, 2.0)):
            painter.setPen(QPen(colour, width * ratio))
            painter.drawLine(middle - end, middle + end)
        painter.setPen(QPen(_DARK, ratio))
        painter.setBrush(_LIGHT)
        for sign in (-1, 1):
            grip = middle + along * (sign * _TURN_GRIP_AT_PX * ratio)
            painter.drawEllipse(grip, _TURN_GRIP_PX * ratio, _TURN_GRIP_PX * ratio)
        painter.drawEllipse(middle, _GRIP_PX * ratio, _GRIP_PX * ratio)
        self._paint_arrows(painter, middle, ratio)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragging = self._part_at(self.to_device(event.position()))
        if not self._dragging:
            super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x, y = point = self.to_device(event.position())
        width, height = self.size_px.width(), self.size_px.height()
        if self._dragging == "line":
            self.set_line(self._line.moved_to(point, width, height))
        elif self._dragging == "forward":
            self.set_line(self._line.turned_towards(point, width, height))
        elif self._dragging == "backward":
            middle_x, middle_y = self._line.middle(width, height)
            mirrored = 2 * middle_x - x, 2 * middle_y - y
            self.set_line(self._line.turned_towards(mirrored, width, height))
        else:
            super().mouseMoveEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = ""
        else:
            super().mouseReleaseEvent(event)

    @override
    def cursor_at(self, position: QPointF) -> QCursor | Qt.CursorShape | None:
        part = self._part_at(self.to_device(position))
        if not part:
            return super().cursor_at(position)
        if part == "line":
            is_upright = abs(self._line.direction()[1]) > abs(self._line.direction()[0])
            return Qt.CursorShape.SplitHCursor if is_upright else Qt.CursorShape.SplitVCursor
        return Qt.CursorShape.PointingHandCursor

    def _on_each_side(self, painter: QPainter) -> Iterator[TiledPicture]:
        """Yield each picture while the painter is clipped to its side."""
        size = self.size_px
        line = self._line
        sides = (
            line.side_a(size.width(), size.height()),
            line.side_b(size.width(), size.height()),
        )
        for picture, corners in zip(self.shown_pictures(), sides, strict=True):
            painter.save()
            self._clip_to(painter, corners)
            yield picture
            painter.restore()

    def _clip_to(self, painter: QPainter, corners: list[Point]) -> None:
        polygon = QPolygonF([QPointF(x, y) for x, y in corners])
        if self._line.angle_deg % 90:
            path = QPainterPath()
            path.addPolygon(polygon)
            painter.setClipPath(path)
        else:  # much faster
            painter.setClipRect(polygon.boundingRect().toRect())

    def _part_at(self, point: Point) -> Literal["", "line", "forward", "backward"]:
        ratio = self.devicePixelRatioF()
        width, height = self.size_px.width(), self.size_px.height()
        x, y = self._line.middle(width, height)
        along_x, along_y = self._line.direction()
        along = ((point[0] - x) * along_x + (point[1] - y) * along_y) / ratio
        beside = abs(self._line.distance(point, width, height)) / ratio
        if beside <= _REACH_PX and abs(abs(along) - _TURN_GRIP_AT_PX) <= _REACH_PX:
            return "forward" if along > 0 else "backward"
        if beside <= _REACH_PX or (beside <= _GRIP_PX and abs(along) <= _GRIP_PX):
            return "line"
        return ""

    def _paint_arrows(self, painter: QPainter, middle: QPointF, ratio: float) -> None:
        painter.save()
        painter.translate(middle)
        painter.rotate(self._line.angle_deg)
        painter.scale(ratio, ratio)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(40, 40, 40))
        for sign in (-1, 1):
            tip, base = sign * 9.0, sign * 3.5
            arrow = [QPointF(tip, 0), QPointF(base, -5), QPointF(base, 5)]
            painter.drawPolygon(QPolygonF(arrow))
        painter.restore()
