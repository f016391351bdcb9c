"""Which photographs a training learns from, and on which it is measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from sr_studio.ui.train.path_field import PathField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.settings import FormValues

_ARCHIVE = ".tar"


class PhotoControls(QWidget):
    """Two folders, or archives, of photographs.

    Signals:
        changed: they are others now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[str, ...] = ()
        self.photos = PathField(
            self.tr("Photographs to learn from"),
            self.tr("A folder of sharp photographs"),
            wants=("folder", "archive"),
            patterns=f"{self.tr('Archives')} (*{_ARCHIVE})",
        )
        self.validation = PathField(
            self.tr("Photographs to measure on"), self.tr("Some of those above")
        )
        self._note = QLabel()
        self._note.setObjectName("dimText")
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for words, field in (
            (self.tr("To &learn from"), self.photos),
            (self.tr("To &measure on (if you like)"), self.validation),
        ):
            label = QLabel(words)
            label.setBuddy(field)
            column.addWidget(label)
            column.addWidget(field)
            if field is self.photos:
                column.addWidget(self._note)
            field.changed.connect(self.changed)
        self.setFocusProxy(self.photos)

    def set_folders(self, folders: Sequence[str]) -> None:
        """Say which folders a recipe looks for in that of the photographs."""
        self._folders = tuple(folders)
        words = self.tr("With these folders in it: %1").replace("%1", ", ".join(folders))
        self._note.setText(words)
        self._note.setVisible(bool(folders))

    def problem(self) -> str:
        """Return what is wrong with them, "" where nothing is or where some are only missing."""
        photos, validation = self.photos.path, self.validation.path
        if photos is not None and not _holds_pictures(photos):
            return self.tr("There is no such folder of photographs.")
        if photos is not None and not self._has_folders(photos):
            words = self.tr("The recipe looks for the folders %1 in that of the photographs.")
            return words.replace("%1", ", ".join(self._folders))
        if validation is not None and not _holds_pictures(validation):
            return self.tr("There is no such folder to measure on.")
        return ""

    def _has_folders(self, photos: Path) -> bool:
        """Whether something is there of what the recipe looks for."""
        if not self._folders or _is_archive(photos):
            return True
        return any((photos / name).exists() for name in self._folders)

    def stored(self) -> dict[str, Any]:
        return {"photos": self.photos.line.text(), "validation": self.validation.line.text()}

    def restore(self, values: FormValues) -> None:
        for name, field in (("photos", self.photos), ("validation", self.validation)):
            text = values.get(name)
            field.line.setText(text if isinstance(text, str) else "")


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == _ARCHIVE and path.is_file()


def _holds_pictures(path: Path) -> bool:
    """Whether it is of the kind that can: looking into it would take too long here."""
    try:
        return path.is_dir() or _is_archive(path)
    except OSError:  # a name too long, a folder on the way that may not be entered
        return False
