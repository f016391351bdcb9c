"""A sentence in the middle of an empty canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def canvas_note(words: str) -> QLabel:
    """Return the label for `CompareView.set_placeholder`."""
    note = QLabel(words)
    note.setObjectName("canvasNote")  # the surround is dark in a light theme, too
    note.setAlignment(Qt.AlignmentFlag.AlignCenter)
    note.setWordWrap(True)
    return note
