"""The label of a field: a double click sets the field back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent


class FieldLabel(QLabel):
    """Signals: reset_wanted, on a double click."""

    reset_wanted = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("fieldLabel")
        self.setIndent(0)
        self.setToolTip(self.tr("Double click sets it back"))

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_wanted.emit()
        event.accept()
