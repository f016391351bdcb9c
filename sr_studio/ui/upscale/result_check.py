"""Says whether a result passed its check, and shows the map on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from sr_studio.tasks.upscale import UpscaleResult


class ResultCheckView(QWidget):
    """Signals: map_toggled (bool)."""

    map_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chip = QLabel()
        self._chip.setObjectName("verdict")
        self.map_button = QPushButton(self.tr("Show the map"))
        self.map_button.setCheckable(True)
        self.map_button.setProperty("segment", "true")
        self.map_button.setToolTip(
            self.tr("Where the result, made small again, differs from the source")
        )
        self.map_button.toggled.connect(self.map_toggled)
        self._sentence = QLabel()
        self._sentence.setObjectName("dimText")
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._chip)
        row.addStretch(1)
        row.addWidget(self.map_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self._sentence)
        self.show_result(None)

    def show_result(self, result: UpscaleResult | None) -> None:
        """Show the check of a full result; None hides all."""
        self.setVisible(result is not None)
        if result is None:
            self.map_button.setChecked(False)
            return
        is_good = result.check.verdict == "good"
        words = self.tr("✓ Check passed") if is_good else self.tr("⚠ Look twice")
        self._chip.setText(words)
        self._chip.setProperty("verdict", result.check.verdict)
        self._chip.style().unpolish(self._chip)
        self._chip.style().polish(self._chip)
        self._chip.setToolTip(result.check.sentence)
        self._chip.setAccessibleDescription(result.check.sentence)
        self._sentence.setText(result.check.sentence)
        self._sentence.setVisible(not is_good)  # the foot of the settings is small
