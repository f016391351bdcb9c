"""How much a difference is amplified, and whether it keeps its sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from sr_studio.ui.canvas.chip import Chip, ChoiceButton
from sr_studio.ui.canvas.comparison import GAINS, Comparison

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class GainChip(Chip):
    """Two buttons over the corner of a difference.

    Signals:
        chosen: (Comparison) with the other gain or sign.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._comparison = Comparison()
        self._gain = ChoiceButton()
        self._gain.setAccessibleName(self.tr("Amplification of the difference"))
        self._gain.chosen.connect(self._on_gain)
        self._sign = ChoiceButton()
        self._sign.setAccessibleName(self.tr("Sign of the difference"))
        self._sign.chosen.connect(self._on_sign)
        for button in (self._gain, self._sign):
            self.add(button)

    def show_comparison(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._gain.set_choices([f"× {gain}" for gain in GAINS], GAINS.index(comparison.gain))
        self._gain.setText(self.tr("Difference × {0}").format(comparison.gain) + "  ▾")
        signs = [self.tr("Absolute"), self.tr("Signed")]
        self._sign.set_choices(signs, int(comparison.is_signed))
        self._sign.setText(signs[comparison.is_signed] + "  ▾")
        self.take_size()

    @Slot(int)
    def _on_gain(self, index: int) -> None:
        self.chosen.emit(replace(self._comparison, gain=GAINS[index]))

    @Slot(int)
    def _on_sign(self, index: int) -> None:
        self.chosen.emit(replace(self._comparison, is_signed=bool(index)))
