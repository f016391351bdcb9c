"""The middle of the window: message, board, view bar, canvas or empty state, film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.ui.empty_state import EmptyState
from sr_studio.ui.film_strip import FilmStrip
from sr_studio.ui.message_bar import MessageBar
from sr_studio.ui.picture_intake import Intake, might_hold_pictures, take_in
from sr_studio.ui.view_bar import ViewBar

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

    from sr_studio.ui.actions import Actions
    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.documents import Documents
    from sr_studio.ui.theme import ThemeSwitch


class Workspace(QWidget):
    """Lays out the middle and takes drops.

    Signals:
        dropped: (Intake) pictures were dropped.
    """

    dropped = Signal(object)

    def __init__(
        self,
        view: CompareView,
        documents: Documents,
        theme: ThemeSwitch,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._documents = documents
        self.messages = MessageBar(theme)
        self.picture_area = QWidget()
        self.empty = EmptyState(theme)
        self.view = view
        self.strip = FilmStrip(documents, theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(view)
        inner = _bare_column(self.picture_area)
        inner.addWidget(self._stack, 1)
        inner.addWidget(self.strip)
        lower = QWidget()
        self._lower = _bare_column(lower)
        self._lower.addWidget(self.picture_area, 1)
        self._parts = QSplitter(Qt.Orientation.Vertical)
        self._parts.setChildrenCollapsible(False)
        self._parts.addWidget(lower)
        outer = _bare_column(self)
        outer.addWidget(self.messages)
        outer.addWidget(self._parts, 1)
        self._bar: ViewBar | None = None
        self._board: QWidget | None = None
        self._is_board_of_picture = False
        documents.added.connect(self.refresh)
        documents.removed.connect(self.refresh)
        self.refresh()

    def add_view_bar(self, actions: Actions) -> ViewBar:
        """Put the bar above the canvas: it needs the actions, which need this widget."""
        self._bar = ViewBar(actions)
        self._lower.insertWidget(0, self._bar)
        self.refresh()
        return self._bar

    def set_board(self, board: QWidget | None, *, is_of_picture: bool = False) -> None:
        """Put this widget above the canvas, which then shows the board's pictures.

        Args:
            board: the caller shows it, as soon as there is something on it; None takes it away.
            is_of_picture: it is of the open picture, so that the film strip stays.
        """
        self._is_board_of_picture = is_of_picture
        if self._board is not None and self._board is not board:
            self._board.hide()
        self._board = board
        if board is not None and self._parts.indexOf(board) < 0:
            board.hide()
            self._parts.insertWidget(0, board)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the empty state exactly while nothing is open and no board needs the canvas."""
        is_open = len(self._documents) > 0
        has_pictures = is_open if self._board is None else bool(self.view.panes)
        has_canvas = is_open or self._board is not None
        focused: QWidget | None = self.focusWidget()
        had_focus = focused is not None and self.empty.isAncestorOf(focused)
        self._stack.setCurrentWidget(self.view if has_canvas else self.empty)
        has_strip = self._board is None or self._is_board_of_picture
        self.strip.setVisible(is_open and has_strip)
        if self._bar is not None:
            self._bar.setVisible(has_pictures)
        if has_canvas and had_focus:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if might_hold_pictures(event.mimeData()):
            event.acceptProposedAction()
            self.empty.set_hot(is_hot=True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty.set_hot(is_hot=False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self.empty.set_hot(is_hot=False)
        intake: Intake = take_in(event.mimeData())
        event.acceptProposedAction()
        self.dropped.emit(intake)


def _bare_column(owner: QWidget) -> QVBoxLayout:
    """Return a layout of `owner` without margins and gaps."""
    column = QVBoxLayout(owner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
