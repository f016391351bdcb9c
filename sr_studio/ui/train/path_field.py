"""A line for a folder or a file, which can be chosen, dropped or typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget
from typing_extensions import override

from sr_studio.ui.icons import set_icon

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

Wanted = Literal["folder", "archive", "file"]


class PathField(QWidget):
    """Holds one path.

    Args:
        name: for screen readers, and the title of the dialogs.
        hint: shown while it is empty.
        wants: what can be chosen, a button each.
        patterns: of the files, as Qt's dialogs write them.

    Signals:
        changed: it says something else now.
        edited: the user changed it.
    """

    changed = Signal()
    edited = Signal()

    def __init__(
        self,
        name: str,
        hint: str,
        *,
        wants: tuple[Wanted, ...] = ("folder",),
        patterns: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._patterns = patterns
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(name)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._on_text)
        self.line.textEdited.connect(self.edited)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        for wanted in wants:
            row.addWidget(self._button(wanted))
        self.setFocusProxy(self.line)

    @property
    def path(self) -> Path | None:
        """What the line says; None while it is empty."""
        text = self.line.text().strip()
        try:
            return Path(text).expanduser() if text else None
        except RuntimeError:  # the home of a user that is not there
            return Path(text)

    def set_path(self, path: Path | None) -> None:
        self.line.setText("" if path is None else str(path))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a dropped folder by its path: the line itself would take its address."""
        if isinstance(event, QDragEnterEvent) and _local_path(event.mimeData()):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and (path := _local_path(event.mimeData())):
            event.acceptProposedAction()
            self._take(path)
            return True
        return super().eventFilter(watched, event)

    def _button(self, wanted: Wanted) -> QToolButton:
        icon, words, ask = {
            "folder": ("mdi6.folder-open-outline", self.tr("Choose a folder"), self._ask_folder),
            "archive": ("mdi6.archive-outline", self.tr("Choose a .tar file"), self._ask_file),
            "file": ("mdi6.file-outline", self.tr("Choose a file"), self._ask_file),
        }[wanted]
        button = QToolButton()
        button.setObjectName("flat")
        button.setToolTip(words)
        button.setAccessibleName(f"{self._name}: {words}")
        set_icon(button, icon)
        button.clicked.connect(ask)
        return button

    @Slot()
    def _ask_folder(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, self._name, self.line.text()))

    @Slot()
    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self._name, self.line.text(), self._patterns)
        self._take(name)

    def _take(self, text: str) -> None:
        if text:
            self.line.setText(text)
            self.edited.emit()

    @Slot()
    def _on_text(self) -> None:
        self.line.setToolTip(self.line.text())  # long paths do not fit
        self.changed.emit()


def _local_path(mime: QMimeData) -> str:
    urls = mime.urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
