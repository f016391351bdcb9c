"""Spin boxes whose digits keep off the frame."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

_MARGIN_PX = 6  # WORKAROUND: Qt's style sheets pad the frame, never the line within it


class SpinBox(QSpinBox):
    """A QSpinBox of the program's look."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_MARGIN_PX, 0, 0, 0)


class DoubleSpinBox(QDoubleSpinBox):
    """A QDoubleSpinBox of the program's look."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_MARGIN_PX, 0, 0, 0)
