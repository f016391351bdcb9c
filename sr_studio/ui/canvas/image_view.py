"""One picture on the canvas: tiles, surround, the tool on top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from sr_studio.ui.canvas.canvas_tool import plain_errors, tool_event
from sr_studio.ui.canvas.former_frame import FormerFrame
from sr_studio.ui.canvas.rendered_frame import RenderedFrame

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QCursor,
        QHideEvent,
        QMouseEvent,
        QPaintEvent,
        QShowEvent,
        QTabletEvent,
    )

    from sr_studio.imaging.region import Region
    from sr_studio.ui.canvas.canvas_tool import CanvasTool
    from sr_studio.ui.canvas.tile_cache import TileKey
    from sr_studio.ui.canvas.tile_loader import TileLoader
    from sr_studio.ui.canvas.tiled_picture import TiledPicture
    from sr_studio.ui.canvas.view_state import ViewState
    from sr_studio.ui.canvas.view_transform import ViewTransform

_PRESSES = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.TabletPress,
)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.TabletRelease)


class ImageView(QWidget):
    """Shows one picture where the shared ViewState says; the owner tells that its size."""

    def __init__(self, state: ViewState, loader: TileLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self._state = state
        self._loader = loader
        self._picture: TiledPicture | None = None
        self._standby: TiledPicture | None = None
        self._frames: dict[int, RenderedFrame] = {}
        self._former: FormerFrame | None = None
        self._surround = QColor(Qt.GlobalColor.black)
        self._is_smooth = True
        self._tool: CanvasTool | None = None
        self._has_marks = True
        state.changed.connect(self.refresh)
        loader.loaded.connect(self._on_tile)
        loader.prepared.connect(self._on_prepared)

    @property
    def view(self) -> ViewTransform:
        return self._state.view

    @property
    def size_px(self) -> QSize:
        """Its size in device pixels."""
        ratio = self.devicePixelRatioF()
        return QSize(round(self.width() * ratio), round(self.height() * ratio))

    def hold_frame(self, *, is_same_scene: bool) -> None:
        """Keep what is shown until the next picture can take its place; call before it is set."""
        if self.isVisible() and self._picture is not None:
            image = QImage(self.size_px, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            self._paint(painter, image.rect())
            painter.end()
            self._former = FormerFrame(image, self.view, is_same_scene)

    def set_picture(
        self,
        picture: TiledPicture | None,
        *,
        standby: TiledPicture | None = None,
        has_marks: bool = True,
    ) -> None:
        """Show a picture.

        Args:
            picture: None for none.
            standby: is read too, so that it can take its place at once.
            has_marks: see Pane.
        """
        self._picture, self._standby, self._has_marks = picture, standby, has_marks
        if self._former is not None:
            self._former.held_for = self.view
        self.refresh()

    def set_look(self, surround: QColor, *, is_smooth: bool) -> None:
        """Set what surrounds the picture, and whether pixels above 100 % are smoothed."""
        self._surround, self._is_smooth = surround, is_smooth
        for frame in self._frames.values():
            frame.mark()
        self.update()

    def set_tool(self, tool: CanvasTool | None) -> None:
        self._tool = tool
        self.update()

    def cursor_at(self, position: QPointF) -> QCursor | Qt.CursorShape | None:
        """Return the cursor where a press is for this widget itself, None where it pans."""
        if self._tool is None or not self.rect().contains(position.toPoint()):
            return None
        return self._tool.cursor

    def to_device(self, position: QPointF) -> tuple[float, float]:
        """Turn a widget's point into device pixels."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    @Slot()
    def refresh(self) -> None:
        """Ask for the tiles in view and paint what is there."""
        wanted = self.shown_pictures()
        if wanted and self._standby is not None:
            wanted = [*wanted, self._standby]
        if not self.isVisible():
            wanted = []
        self._frames = {
            picture.number: self._frames.get(picture.number) or RenderedFrame(picture)
            for picture in wanted
        }
        view = self.view
        held = [key for picture in wanted for key in picture.shown_tiles(view)]
        self._loader.cache.hold(self, [*held, *(picture.overview_key for picture in wanted)])
        self._loader.want(self, [job for picture in wanted for job in picture.missing(view)])
        self._let_former_go()
        self.update()

    def shown_pictures(self) -> list[TiledPicture]:
        return [] if self._picture is None else [self._picture]

    def rendered(self, picture: TiledPicture) -> QPixmap:
        """Return a picture and its surround as this view shows it, in device pixels."""
        frame = self._frames[picture.number]
        return frame.rendered(self.view, self._surround, is_smooth=self._is_smooth)

    def paint_pictures(self, painter: QPainter, exposed: QRect) -> None:
        """Draw the pictures with their surround; the painter is in device pixels."""
        if self._picture is not None:
            painter.drawPixmap(exposed, self.rendered(self._picture), exposed)

    def paint_final_tiles(self, painter: QPainter, exposed: QRect) -> None:
        """Draw over the former picture what is there of the new one."""
        if self._picture is not None:
            self.draw_final(painter, self._picture, exposed)

    def draw_final(self, painter: QPainter, picture: TiledPicture, exposed: QRect) -> None:
        region = QRegion(exposed)
        picture.draw(painter, self.view, region, is_smooth=self._is_smooth, has_stand_ins=False)

    def paint_overlay(self, painter: QPainter, exposed: QRect) -> None:
        """Draw what lies over the picture; the painter is in device pixels."""
        if self._picture is not None:
            self.paint_tool(painter, exposed, has_marks=self._has_marks)

    def paint_tool(self, painter: QPainter, exposed: QRect, *, has_marks: bool) -> None:
        if self._tool is not None:
            with plain_errors():
                self._tool.paint(painter, self.view, exposed, has_marks=has_marks)

    def update_region(self, region: Region) -> None:
        """Paint this part of the picture again, because what the tool draws there is another."""
        left, top = self.view.to_view(region.x, region.y)
        right, bottom = self.view.to_view(region.right, region.bottom)
        ratio = self.devicePixelRatioF()
        x, y = math.floor(left / ratio) - 1, math.floor(top / ratio) - 1
        self.update(x, y, math.ceil(right / ratio) + 1 - x, math.ceil(bottom / ratio) + 1 - y)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        # At fractional scalings a widget may start between two device pixels.
        start = painter.deviceTransform().map(QPointF(0, 0))
        painter.translate(round(start.x()) - start.x(), round(start.y()) - start.y())
        rect = QRectF(event.rect())
        corners = rect.topLeft() * ratio, rect.bottomRight() * ratio
        exposed = QRectF(*corners).toAlignedRect() & QRect(QPoint(0, 0), self.size_px)
        self._paint(painter, exposed)
        self.paint_overlay(painter, exposed)
        painter.end()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._former = None
        if self._state.is_whole:
            self.refresh()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._tell(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._tell(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._tell(event)

    @override
    def tabletEvent(self, event: QTabletEvent) -> None:
        """Give the pen to the tool; what is left alone comes again as the mouse."""
        if self._tool is None:
            event.ignore()
        else:
            self._tell(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        if self._tool is not None:
            self._tool.leave()

    def _tell(self, event: QMouseEvent | QTabletEvent) -> None:
        if self._tool is None:
            return
        told = tool_event(event, self.view.to_picture(*self.to_device(event.position())))
        with plain_errors():
            if event.type() in _PRESSES:
                self._tool.press(told)
            elif event.type() in _RELEASES:
                self._tool.release(told)
            else:
                self._tool.move(told)

    def _paint(self, painter: QPainter, exposed: QRect) -> None:
        former = self._former
        if not self._frames:
            painter.fillRect(exposed, self._surround)
        elif former is None or not (former.is_same_scene or former.is_in_place(self.view)):
            self.paint_pictures(painter, exposed)
        elif not former.is_same_scene:
            former.paint(painter, self.view)
        else:
            if former.is_in_place(self.view):
                painter.fillRect(exposed, self._surround)
            else:
                self.paint_pictures(painter, exposed)
            former.paint(painter, self.view)
            self.paint_final_tiles(painter, exposed)

    def _let_former_go(self) -> None:
        """Let the former picture go once all of the new one is there."""
        if self._former is not None and all(
            picture.is_complete(self.view) for picture in self.shown_pictures()
        ):
            self._former = None
            self.update()

    @Slot(object)
    def _on_tile(self, key: TileKey) -> None:
        frame = self._frames.get(key.picture)
        if frame is None:
            return
        self._let_former_go()
        if key.step != self.view.step and frame.picture.is_complete(self.view):
            return  # it would only stand in for others
        place = frame.picture.place_of(key, self.view)
        frame.mark(place)
        ratio = self.devicePixelRatioF()
        left, top = math.floor(place.x() / ratio), math.floor(place.y() / ratio)
        right = math.ceil((place.right() + 1) / ratio)
        bottom = math.ceil((place.bottom() + 1) / ratio)
        self.update(left, top, right - left, bottom - top)

    @Slot(int)
    def _on_prepared(self, picture: int) -> None:
        if picture in self._frames:
            self.refresh()
