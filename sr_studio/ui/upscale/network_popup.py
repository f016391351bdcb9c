"""The list of all networks: drops down from the box, is searched, walked and chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from sr_studio.ui.upscale.network_table import (
    COLUMN_CHARACTERS,
    ID_ROLE,
    IS_READY_ROLE,
    PAPER_COLUMN,
    REFERENCE_ROLE,
    NetworkFilter,
    network_table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPersistentModelIndex

    from sr_studio.tasks.models import ModelInfo

_HEIGHT_PX = 560
_MARGIN_PX = 8  # to the edges of the screen
_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NetworkPopup(QFrame):
    """Search above, table below, the whole reference at the foot.

    Signals:
        chosen: (network id)
        import_wanted: the user has a file of weights.
    """

    chosen = Signal(str)
    import_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("networkPopup")
        self.setAccessibleName(self.tr("Networks"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search by name, year or author"))
        self.search.setAccessibleName(self.tr("Search the networks"))
        self.search.setClearButtonEnabled(True)
        self.table = QTreeView()
        self.table.setAccessibleName(self.tr("Networks"))
        self._filter = NetworkFilter(self)
        self._reference = QLabel()
        self._import = QPushButton(self.tr("Import a file of weights…"))
        self._dress_table()
        self._lay_out()
        self.search.textChanged.connect(self._on_search)
        self.table.clicked.connect(self._on_picked)
        self._import.clicked.connect(self._on_import)
        for widget in (self.search, self.table):
            widget.installEventFilter(self)

    @property
    def reference(self) -> str:
        """The whole paper of the marked network."""
        return self._reference.text()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Fill the table anew."""
        former = self._filter.sourceModel()
        self._filter.setSourceModel(network_table(models, self))
        if former is not None:
            former.deleteLater()
        self.table.selectionModel().currentRowChanged.connect(
            self._on_walked, Qt.ConnectionType.UniqueConnection
        )
        self._unfold()

    def drop_down(self, box: QWidget, chosen_id: str) -> None:
        """Show below `box`, as much of it as the screen has room for, with one row marked."""
        self.search.clear()
        self._unfold()
        self._mark(chosen_id)
        room = (
            box.screen()
            .availableGeometry()
            .adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        )
        wanted = QSize(sum(self._column_widths()) + 40, _HEIGHT_PX)
        self.resize(wanted.boundedTo(room.size()))
        corner = box.mapToGlobal(QPoint(box.width() - self.width(), box.height() + 2))
        x = min(max(corner.x(), room.left()), room.right() - self.width() + 1)
        y = min(max(corner.y(), room.top()), room.bottom() - self.height() + 1)
        self.move(x, y)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        self.table.scrollTo(self.table.currentIndex(), QTreeView.ScrollHint.PositionAtCenter)

    def listed_ids(self) -> list[str]:
        """Return the ids that the search leaves, from the top."""
        groups = [self._filter.index(row, 0) for row in range(self._filter.rowCount())]
        return [
            str(self._filter.index(row, 0, group).data(ID_ROLE))
            for group in groups
            for row in range(self._filter.rowCount(group))
        ]

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Walk the table from the search line, and search from the table."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _CHOOSING:
                self._on_picked(self.table.currentIndex())
                return True
            if watched is self.search and event.key() in _WALKING:
                QApplication.sendEvent(self.table, event)
                return True
            if watched is self.table and event.text().isprintable() and event.text().strip():
                self.search.setFocus()
                QApplication.sendEvent(self.search, event)
                return True
        return super().eventFilter(watched, event)

    def _dress_table(self) -> None:
        self.table.setModel(self._filter)
        self.table.setItemDelegate(_RowPainter(self.table))
        self.table.setRootIsDecorated(False)
        self.table.setItemsExpandable(False)
        self.table.setIndentation(0)
        self.table.setAllColumnsShowFocus(True)
        self.table.setUniformRowHeights(True)
        self.table.setMouseTracking(True)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)

    def _lay_out(self) -> None:
        self._reference.setObjectName("dimText")
        self._reference.setTextFormat(Qt.TextFormat.PlainText)
        self._reference.setWordWrap(True)
        self._reference.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._reference.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._reference.setAccessibleName(self.tr("Paper"))
        self._import.setAutoDefault(False)
        nothing = QLabel(self.tr("No network is called so. Search for a name, a year, an author."))
        nothing.setObjectName("dimText")
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(nothing)
        foot = QHBoxLayout()
        foot.setSpacing(14)
        foot.addWidget(self._reference, 1)
        foot.addWidget(self._import, alignment=Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(self.search)
        layout.addWidget(self._pages, 1)
        layout.addLayout(foot)

    def _column_widths(self) -> list[int]:
        character_px = self.fontMetrics().averageCharWidth()
        return [count * character_px + 18 for count in COLUMN_CHARACTERS]

    def _unfold(self) -> None:
        """Groups always stand open, their titles across all columns."""
        for row in range(self._filter.rowCount()):
            self.table.setFirstColumnSpanned(row, QModelIndex(), True)  # noqa: FBT003  Qt's own
        self.table.expandAll()
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(self._column_widths()):
            header.resizeSection(column, width)
        header.setSectionResizeMode(PAPER_COLUMN, QHeaderView.ResizeMode.Stretch)
        self._pages.setCurrentIndex(0 if self._filter.rowCount() else 1)

    def _mark(self, wanted_id: str) -> None:
        """Make the network's row the current one, or the first."""
        groups = [self._filter.index(row, 0) for row in range(self._filter.rowCount())]
        rows = [
            self._filter.index(row, 0, group)
            for group in groups
            for row in range(self._filter.rowCount(group))
        ]
        fitting = [row for row in rows if row.data(ID_ROLE) == wanted_id]
        for index in (fitting or rows)[:1]:
            self.table.setCurrentIndex(index)
        if not rows:
            self._reference.setText("")

    @Slot(str)
    def _on_search(self, text: str) -> None:
        current = str(self.table.currentIndex().data(ID_ROLE))
        self._filter.search(text)
        self._unfold()
        self._mark("" if text else current)

    @Slot(QModelIndex, QModelIndex)
    def _on_walked(self, current: QModelIndex, _former: QModelIndex) -> None:
        self._reference.setText(str(current.data(REFERENCE_ROLE) or ""))

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        model_id = index.data(ID_ROLE)
        if model_id:
            self.hide()
            self.chosen.emit(str(model_id))

    @Slot()
    def _on_import(self) -> None:
        self.hide()
        self.import_wanted.emit()


class _RowPainter(QStyledItemDelegate):
    """Dims what cannot run yet, and sets the groups' titles apart."""

    @override
    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        palette: QPalette = option.palette
        if index.data(ID_ROLE) is None:
            option.font.setBold(True)
            option.state |= QStyle.StateFlag.State_Enabled
            option.state &= ~QStyle.StateFlag.State_MouseOver
        elif not index.data(IS_READY_ROLE):
            palette.setBrush(QPalette.ColorRole.Text, palette.placeholderText())
