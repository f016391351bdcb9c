"""Which of several fillings is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sr_studio.ui.inpaint.method_words import method_titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.tasks._inpaint_pictures import Inpainted


class FillChoice(QWidget):
    """A list of what the methods made; hidden while there is nothing to choose from.

    Signals:
        looked_at: (int) the one that is marked is another.
        chosen: (int) this one is kept.
        declined: none of them is.
    """

    looked_at = Signal(int)
    chosen = Signal(int)
    declined = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Which filling is kept"))
        self.keep_button = QPushButton(self.tr("Keep this one"))
        self.none_button = QPushButton(self.tr("None of them"))
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addWidget(self.keep_button, 1)
        pair.addWidget(self.none_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(QLabel(self.tr("Which one is kept?")))
        column.addWidget(self.box)
        column.addLayout(pair)
        self.box.currentIndexChanged.connect(self.looked_at)
        self.keep_button.clicked.connect(self._on_keep)
        self.none_button.clicked.connect(self.declined)
        self.keep_button.setProperty("primary", "true")
        self.hide()

    @property
    def has_parts(self) -> bool:
        """Whether there is something to choose from."""
        return self.box.count() > 0

    def show_parts(self, parts: Sequence[Inpainted]) -> None:
        """Offer these, and hide where there are none."""
        titles = method_titles()
        with QSignalBlocker(self.box):
            marked = max(self.box.currentIndex(), 0)
            self.box.clear()
            self.box.addItems([titles[part.method] for part in parts])
            self.box.setCurrentIndex(min(marked, len(parts) - 1))
        self.setVisible(bool(parts))

    @Slot()
    def _on_keep(self) -> None:
        self.chosen.emit(self.box.currentIndex())
