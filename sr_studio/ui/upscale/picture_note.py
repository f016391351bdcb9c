"""What stands where the picture would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from sr_studio.errors import SrStudioError

if TYPE_CHECKING:
    from sr_studio.ui.documents import PictureDocument


class PictureNote(QLabel):
    """Says why a document shows no picture: it is being read, or cannot be."""

    def __init__(self, document: PictureDocument | None) -> None:
        super().__init__(alignment=Qt.AlignmentFlag.AlignCenter)
        self.setObjectName("canvasNote")
        self.setWordWrap(True)
        error = None if document is None else document.error
        if isinstance(error, SrStudioError):
            self.setText(f"{error.message}\n{error.advice}")
        elif error is not None:
            self.setText(self.tr("The picture could not be read."))
        elif document is not None:
            self.setText(self.tr("Reading the picture…"))
