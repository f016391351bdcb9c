"""The open pictures in a row under the canvas, each with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QListView, QMenu, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.ui.film_strip_delegate import ITEM_SIZE, FilmStripDelegate

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QKeyEvent

    from sr_studio.ui.documents import Documents, PictureDocument
    from sr_studio.ui.theme import ThemeSwitch

DocumentRole = Qt.ItemDataRole.UserRole

_AnyIndex = QModelIndex | QPersistentModelIndex


class FilmStripModel(QAbstractListModel):
    """Documents as Qt's views want them."""

    def __init__(self, documents: Documents, parent: QWidget) -> None:
        super().__init__(parent)
        self._documents = documents
        self._rows = len(documents)
        self._pixmaps: dict[int, QPixmap] = {}
        documents.added.connect(self._on_added)
        documents.removed.connect(self._on_removed)
        documents.changed.connect(self._on_changed)

    @override
    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else self._rows

    @override
    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._documents):
            return None
        document = self._documents[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return document.title
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return self.sentence_on(document)
            case Qt.ItemDataRole.DecorationRole:
                return self._pixmap_of(document)
            case _ if role == DocumentRole:
                return document
        return None

    def sentence_on(self, document: PictureDocument) -> str:
        """Return what the tool tip says: name, dimensions, state, and why it failed."""
        lines = [str(document.path or document.title)]
        if document.dimensions is not None:
            lines.append("{} × {}".format(*document.dimensions))
        words = {
            "unread": self.tr("not read yet"),
            "waiting": self.tr("waiting"),
            "running": self.tr("running, %1 %").replace("%1", f"{document.fraction:.0%}"[:-1]),
            "done": self.tr("done, not saved yet"),
            "failed": self.tr("failed"),
        }
        lines.append(
            self.tr("done and saved")
            if document.state == "done" and document.is_saved
            else words[document.state]
        )
        if isinstance(document.error, SrStudioError):
            lines += [document.error.message, document.error.advice]
        elif document.error is not None:
            lines.append(str(document.error))
        return "\n".join(line for line in lines if line)

    def _pixmap_of(self, document: PictureDocument) -> QPixmap | None:
        if document.thumbnail is None:
            return None
        pixmap = self._pixmaps.get(document.id)
        if pixmap is None:
            pixels = document.thumbnail
            height, width = pixels.shape[:2]
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            pixmap = self._pixmaps[document.id] = QPixmap.fromImage(image.copy())
        return pixmap

    @Slot(int)
    def _on_added(self, row: int) -> None:
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows += 1
        self.endInsertRows()

    @Slot(int)
    def _on_removed(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        self._rows -= 1
        self.endRemoveRows()
        kept = {document.id for document in self._documents}
        self._pixmaps = {key: value for key, value in self._pixmaps.items() if key in kept}

    @Slot(object)
    def _on_changed(self, document: PictureDocument) -> None:
        if document in self._documents:
            index = self.index(self._documents.index_of(document))
            self.dataChanged.emit(index, index)


class FilmStrip(QListView):
    """Shows and chooses the current picture.

    Signals:
        retry_wanted, close_wanted: (document) from the menu or the Delete key.
    """

    retry_wanted = Signal(object)
    close_wanted = Signal(object)

    def __init__(
        self, documents: Documents, theme: ThemeSwitch, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("filmStrip")
        self.setAccessibleName(self.tr("Film strip"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._documents = documents
        self.setModel(FilmStripModel(documents, self))
        self.setItemDelegate(FilmStripDelegate(theme, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.setMouseTracking(True)
        self.setFixedHeight(ITEM_SIZE.height() + 13)  # the scroll bar is 11 high
        self.selectionModel().currentChanged.connect(self._on_chosen)
        documents.current_changed.connect(self._follow_current)
        theme.changed.connect(self.viewport().update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, self.height())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        document = self._documents.current
        if event.key() == Qt.Key.Key_Delete and document is not None:
            self.close_wanted.emit(document)
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex, QModelIndex)
    def _on_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self._documents):
            self._documents.show(self._documents[index.row()])

    @Slot()
    def _follow_current(self) -> None:
        document = self._documents.current
        if document is None:
            self.clearSelection()
            return
        index = self.model().index(self._documents.index_of(document), 0)
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.scrollTo(index)

    @Slot(object)
    def _show_menu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        if not index.isValid():
            return
        document = self._documents[index.row()]
        menu = QMenu(self)
        if document.state == "failed":
            menu.addAction(self.tr("Try again"), lambda: self.retry_wanted.emit(document))
        menu.addAction(self.tr("Close this picture"), lambda: self.close_wanted.emit(document))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(position))
