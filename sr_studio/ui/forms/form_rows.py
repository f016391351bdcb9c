"""Labels and controls in two columns, each label at the height of its control."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QWidget

_LABEL_PX = 132  # the same in all forms of a dialog, so that their controls stand in one line


class FormRows(QGridLayout):
    """QFormLayout sets labels at the top of tall controls; this one centres them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__()
        if parent is not None:
            parent.setLayout(self)
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(12)
        self.setVerticalSpacing(10)
        self.setColumnMinimumWidth(0, _LABEL_PX)
        self.setColumnStretch(1, 1)

    def add(
        self, label: str | QLabel, control: QWidget | QLayout, *, buddy: QWidget | None = None
    ) -> None:
        row = self.rowCount()
        words = QLabel(label) if isinstance(label, str) else label
        self.addWidget(words, row, 0)
        if isinstance(control, QLayout):
            self.addLayout(control, row, 1)
        else:
            self.addWidget(control, row, 1)
            words.setBuddy(control)
        if buddy is not None:
            words.setBuddy(buddy)
