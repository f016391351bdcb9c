"""How one picture of the film strip is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from sr_studio.ui.documents import PictureDocument

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from sr_studio.ui.theme import Colours, ThemeSwitch

ITEM_SIZE = QSize(106, 92)
THUMBNAIL_EDGE_PX = 192  # twice what is shown: crisp on a 2x screen

_PICTURE = QSize(94, 64)
_BADGE_PX = 18


class FilmStripDelegate(QStyledItemDelegate):
    """Thumbnail, name, and a badge for what became of it."""

    def __init__(self, theme: ThemeSwitch, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return ITEM_SIZE

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        document = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(document, PictureDocument):
            return
        colours = self._theme.colours
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if is_chosen or state & QStyle.StateFlag.State_MouseOver:
            card = QPainterPath()
            card.addRoundedRect(QRectF(cell).adjusted(2, 3, -2, -2), 6, 6)
            painter.fillPath(card, QColor(colours.button if is_chosen else colours.hover))
            if is_chosen:
                painter.setPen(QPen(QColor(colours.accent), 2))
                painter.drawPath(card)
        place = QRect(cell.x() + 6, cell.y() + 7, _PICTURE.width(), _PICTURE.height() - 4)
        self._draw_picture(painter, place, index.data(Qt.ItemDataRole.DecorationRole), colours)
        painter.setPen(QColor(colours.text if is_chosen else colours.dim))
        line = QRect(cell.x() + 7, cell.bottom() - 21, cell.width() - 14, 17)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        elided = painter.fontMetrics().elidedText(
            document.title, Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, elided)
        self._draw_badge(painter, place, document, colours)
        painter.restore()

    def _draw_picture(
        self, painter: QPainter, place: QRect, pixmap: QPixmap | None, colours: Colours
    ) -> None:
        if pixmap is None:
            painter.setPen(QPen(QColor(colours.border), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(place).adjusted(14.5, 4.5, -14.5, -4.5), 4, 4)
            return
        fitted = pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = place.center() - QRect(0, 0, fitted.width(), fitted.height()).center()
        painter.drawPixmap(QRect(corner, fitted), pixmap)

    def _draw_badge(
        self, painter: QPainter, place: QRect, document: PictureDocument, colours: Colours
    ) -> None:
        if document.state == "running":
            track = QRectF(place.left() + 4, place.bottom() - 5, place.width() - 8, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.field))
            painter.drawRoundedRect(track, 2, 2)
            track.setWidth(max(4.0, track.width() * document.fraction))
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(track, 2, 2)
            return
        badges = {
            "done": ("mdi6.check-circle", colours.good)
            if document.is_saved
            else ("mdi6.circle-edit-outline", colours.accent),
            "failed": ("mdi6.alert-circle", colours.bad),
        }
        if document.state not in badges:
            return
        name, colour = badges[document.state]
        corner = QRect(place.right() - _BADGE_PX + 2, place.top() - 1, _BADGE_PX, _BADGE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.window))
        painter.drawEllipse(corner)
        qtawesome.icon(name, color=colour).paint(painter, corner)
