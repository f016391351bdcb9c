"""The same spot of all panes, magnified side by side beside the pointer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QRegion
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from sr_studio.ui.canvas.view_transform import MAX_ZOOM, ViewTransform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent

    from sr_studio.ui.canvas.tile_cache import TileKey
    from sr_studio.ui.canvas.tile_loader import TileLoader
    from sr_studio.ui.canvas.tiled_picture import TiledPicture

_CELL_PX = 176  # logical pixels, as all below
_STRIP_PX = 22
_GAP_PX = 2
_AWAY_PX = 28
_MAGNIFY = 4.0
_BACK = QColor(22, 22, 22)
_TEXT = QColor(244, 244, 244)


class Loupe(QWidget):
    """Lets the mouse through. The spot is the same pixel in all of its cells."""

    def __init__(self, loader: TileLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Loupe"))
        self._owner = parent
        self._loader = loader
        self._pictures: tuple[TiledPicture, ...] = ()
        self._titles: tuple[str, ...] = ()
        self._spot = (0.0, 0.0)
        self._zoom = _MAGNIFY
        self._is_smooth = False
        loader.loaded.connect(self._on_tile)
        loader.prepared.connect(self.refresh)
        self.hide()

    def set_pictures(self, pictures: Sequence[TiledPicture], titles: Sequence[str]) -> None:
        self._pictures, self._titles = tuple(pictures), tuple(titles)
        count = max(len(pictures), 1)
        self.resize(count * (_CELL_PX + _GAP_PX) + _GAP_PX, _CELL_PX + _STRIP_PX + _GAP_PX)
        self.refresh()

    def set_smooth(self, *, is_smooth: bool) -> None:
        self._is_smooth = is_smooth
        self.update()

    def look_at(self, x: float, y: float, view_zoom: float) -> None:
        """Show the pixel at this point of the picture, well above the zoom of the view."""
        self._spot = math.floor(x) + 0.5, math.floor(y) + 0.5
        wanted = min(_MAGNIFY * max(view_zoom, 1.0), MAX_ZOOM)
        self._zoom = 2.0 ** math.floor(math.log2(wanted))
        self.refresh()

    def place_beside(self, pointer: QPoint) -> None:
        """Stand at the lower right of the pointer, or where there is room."""
        room = self._owner.rect()
        x, y = pointer.x() + _AWAY_PX, pointer.y() + _AWAY_PX
        if x + self.width() > room.right():
            x = pointer.x() - _AWAY_PX - self.width()
        if y + self.height() > room.bottom():
            y = pointer.y() - _AWAY_PX - self.height()
        x = min(max(x, 0), max(room.width() - self.width(), 0))
        y = min(max(y, 0), max(room.height() - self.height(), 0))
        self.move(x, y)

    @Slot()
    def refresh(self) -> None:
        pictures = self._pictures if self.isVisible() else ()
        jobs = [job for picture in pictures for job in picture.missing(self._view_of(picture))]
        keys = [key for picture in pictures for key in picture.shown_tiles(self._view_of(picture))]
        self._loader.cache.hold(self, keys)
        self._loader.want(self, jobs)
        self.update()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.refresh()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), _BACK)
        ratio = self.devicePixelRatioF()
        for index, (picture, title) in enumerate(zip(self._pictures, self._titles, strict=True)):
            x = _GAP_PX + index * (_CELL_PX + _GAP_PX)
            self._paint_cell(painter, picture, QPointF(x * ratio, _GAP_PX * ratio))
            strip = QRectF(x, _GAP_PX + _CELL_PX, _CELL_PX, _STRIP_PX).adjusted(4, 0, -4, 0)
            painter.setPen(_TEXT)
            words = painter.fontMetrics().elidedText(
                title, Qt.TextElideMode.ElideRight, int(strip.width())
            )
            painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()

    def _view_of(self, picture: TiledPicture) -> ViewTransform:
        cell = round(_CELL_PX * self.devicePixelRatioF())
        source = picture.source
        x, y = self._spot
        return ViewTransform(source.width, source.height, cell, cell, self._zoom, x, y)

    def _paint_cell(self, painter: QPainter, picture: TiledPicture, corner: QPointF) -> None:
        view = self._view_of(picture)
        cell = QRect(0, 0, view.view_width, view.view_height)
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.translate(round(corner.x()), round(corner.y()))
        painter.setClipRect(cell)
        picture.draw(painter, view, QRegion(cell), is_smooth=self._is_smooth)
        # The pixel that the readout speaks of, light on dark and dark on light.
        left, top = view.to_view(view.x - 0.5, view.y - 0.5)
        pixel = QRectF(left, top, view.zoom, view.zoom)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, margin in ((QColor(0, 0, 0), 1.5), (QColor(255, 255, 255), 0.5)):
            painter.setPen(QPen(colour, 1))
            painter.drawRect(pixel.adjusted(-margin, -margin, margin, margin))
        painter.restore()

    @Slot(object)
    def _on_tile(self, key: TileKey) -> None:
        if any(picture.number == key.picture for picture in self._pictures):
            self.update()
