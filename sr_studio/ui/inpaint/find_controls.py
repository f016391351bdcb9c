"""Finds damage by itself, and reads and writes masks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)


class FindControls(QWidget):
    """What to find, how eagerly, and the files.

    Signals: find_wanted, load_wanted, save_wanted.
    """

    find_wanted = Signal()
    load_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind_box = QComboBox()
        self.kind_box.setAccessibleName(self.tr("What to find"))
        for kind, words in (
            ("dust-and-scratches", self.tr("Dust and scratches")),
            ("text", self.tr("Text")),
            ("date-stamp", self.tr("Date stamp")),
            ("missing-pixels", self.tr("Missing pixels")),
        ):
            self.kind_box.addItem(words, kind)
        self.sensitivity = QSlider(Qt.Orientation.Horizontal)
        self.sensitivity.setRange(0, 100)
        self.sensitivity.setValue(50)
        self.sensitivity.setAccessibleName(self.tr("Sensitivity"))
        self.find_button = QPushButton(self.tr("Find"))
        self.load_button = QPushButton(self.tr("Load a mask…"))
        self.save_button = QPushButton(self.tr("Save the mask…"))
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.kind_box, 1)
        first.addWidget(self.find_button)
        second.addWidget(QLabel(self.tr("Sensitivity")))
        second.addWidget(self.sensitivity, 1)
        third.addWidget(self.load_button, 1)
        third.addWidget(self.save_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row in (first, second, third):
            row.setSpacing(8)
            column.addLayout(row)
        self.find_button.clicked.connect(self.find_wanted)
        self.load_button.clicked.connect(self.load_wanted)
        self.save_button.clicked.connect(self.save_wanted)
