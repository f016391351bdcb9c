"""How long a training may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from sr_studio.ui.forms.spin_boxes import SpinBox

if TYPE_CHECKING:
    from sr_studio.settings import FormValues

_NO_LIMIT = ""


class TimeField(QWidget):
    """A number and its unit; without a limit only where a recipe counts its steps.

    Signals:
        changed: it says something else now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spin = SpinBox()
        self.spin.setRange(1, 999)
        self.spin.setAccessibleName(self.tr("Time"))
        self.unit_box = QComboBox()
        self.unit_box.setAccessibleName(self.tr("Unit of the time"))
        for words, unit in (
            (self.tr("seconds"), "s"),
            (self.tr("minutes"), "m"),
            (self.tr("hours"), "h"),
        ):
            self.unit_box.addItem(words, unit)
        self.unit_box.setCurrentIndex(self.unit_box.findData("h"))
        self._unit = "h"
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.spin)
        row.addWidget(self.unit_box, 1)
        self.setFocusProxy(self.spin)
        self.spin.valueChanged.connect(self.changed)
        self.unit_box.currentIndexChanged.connect(self._on_unit)

    @property
    def budget(self) -> str:
        """The time as a request has it: "30s", "20m", "1h"; "" without a limit."""
        unit = str(self.unit_box.currentData())
        return f"{self.spin.value()}{unit}" if unit else ""

    def allow_no_limit(self, *, is_allowed: bool) -> None:
        """Offer to go on until the steps are done, which is chosen then, or take that away."""
        index = self.unit_box.findData(_NO_LIMIT)
        if is_allowed == (index >= 0):
            return
        with QSignalBlocker(self.unit_box):
            if is_allowed:
                self.unit_box.addItem(self.tr("as long as it takes"), _NO_LIMIT)
                self.unit_box.setCurrentIndex(self.unit_box.count() - 1)
            else:
                self.unit_box.removeItem(index)
                self.unit_box.setCurrentIndex(self.unit_box.findData(self._unit))
        self._on_unit()

    def stored(self) -> dict[str, Any]:
        return {"time": self.spin.value(), "unit": self._unit, "has_limit": bool(self.budget)}

    def restore(self, values: FormValues) -> None:
        time = values.get("time")
        if isinstance(time, int):
            self.spin.setValue(time)
        index = self.unit_box.findData(values.get("unit"))
        if index < 0 or not values.get("unit"):
            return
        self._unit = str(values.get("unit"))
        has_choice = self.unit_box.findData(_NO_LIMIT) >= 0
        if not has_choice or values.get("has_limit") is True:
            self.unit_box.setCurrentIndex(index)

    @Slot()
    def _on_unit(self) -> None:
        unit = str(self.unit_box.currentData())
        self._unit = unit or self._unit
        self.spin.setVisible(bool(unit))
        self.changed.emit()
