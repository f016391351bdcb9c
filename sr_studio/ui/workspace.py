"""The middle of the window: message, view bar, canvas or empty state, film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget
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
        inner = QVBoxLayout(self.picture_area)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self._stack, 1)
        inner.addWidget(self.strip)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.messages)
        self._layout.addWidget(self.picture_area, 1)
        self._bar: ViewBar | None = None
        documents.added.connect(self.refresh)
        documents.removed.connect(self.refresh)
        self.refresh()

    def add_view_bar(self, actions: Actions) -> ViewBar:
        """Put the bar above the canvas: it needs the actions, which need this widget."""
        self._bar = ViewBar(actions)
        self._layout.insertWidget(1, self._bar)
        self.refresh()
        return self._bar

    @Slot()
    def refresh(self) -> None:
        """Show the empty state exactly while nothing is open."""
        has_pictures = len(self._documents) > 0
        focused: QWidget | None = self.focusWidget()
        had_focus = focused is not None and self.empty.isAncestorOf(focused)
        self._stack.setCurrentWidget(self.view if has_pictures else self.empty)
        self.strip.setVisible(has_pictures)
        if self._bar is not None:
            self._bar.setVisible(has_pictures)
        if has_pictures and had_focus:
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
