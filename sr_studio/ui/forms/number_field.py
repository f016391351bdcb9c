"""The widget for whole and decimal numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QSlider, QSpinBox, QWidget
from typing_extensions import override

from sr_studio.tasks._spec import Decimals, Range, Unit, Unset
from sr_studio.ui.forms.field_widget import FieldWidget
from sr_studio.ui.forms.spin_boxes import DoubleSpinBox, SpinBox

if TYPE_CHECKING:
    from sr_studio.tasks._spec import FieldInfo

_SLIDER_STEPS = 200
_UNBOUNDED = Range(0, 1_000_000)


class NumberField(FieldWidget):
    """An int or float: spin box, with a slider where the field has a Range."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        stated = field.mark(Range)
        self._bounds: Range = stated or _UNBOUNDED
        self._is_int = field.type is int
        self._slider: QSlider | None = None
        if stated is not None:
            self._slider = QSlider(Qt.Orientation.Horizontal)
            self._slider.setRange(0, self._slider_steps())
            self._slider.valueChanged.connect(self._on_slider)
            self._adopt(self._slider, 1)
        self._spin = self._make_spin()
        self._spin.valueChanged.connect(self._on_spin)
        self._adopt(self._spin)
        if self._slider is not None:
            self.setFocusProxy(self._slider)
        self.reset()

    @override
    def value(self) -> int | float | None:
        number = self._spin.value()
        is_unset = self.field.optional and number < self._bounds.low
        return None if is_unset else number

    @override
    def set_value(self, value: Any) -> None:
        self._show(self._spin.minimum() if value is None else value)

    @override
    def name_for_reader(self, name: str) -> None:
        self._spin.setAccessibleName(name)
        if self._slider is not None:
            self._slider.setAccessibleName(self.tr("%1, slider").replace("%1", name))

    def _make_spin(self) -> QSpinBox | QDoubleSpinBox:
        low, high = self._bounds.low, self._bounds.high
        spin: QSpinBox | QDoubleSpinBox
        if self._is_int:
            spin = SpinBox()
            spin.setRange(int(low) - self.field.optional, int(high))
        else:
            spin = DoubleSpinBox()
            decimals = self.field.mark(Decimals) or Decimals(2 if high - low <= 2 else 1)
            step = 10.0**-decimals.places
            spin.setDecimals(decimals.places)
            spin.setSingleStep(step)
            spin.setRange(low - step * self.field.optional, high)
        unset = self.field.mark(Unset)
        if self.field.optional or unset is not None:
            spin.setSpecialValueText(self.tr("off") if unset is None else unset.words)
        unit = self.field.mark(Unit)
        if unit is not None:
            spin.setSuffix(f" {unit.name}")
        spin.setKeyboardTracking(False)  # half-typed numbers start no preview
        spin.setMinimumWidth(84)
        return spin

    def _slider_steps(self) -> int:
        span = self._bounds.high - self._bounds.low
        return min(_SLIDER_STEPS, int(span)) if self._is_int else _SLIDER_STEPS

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        span = self._bounds.high - self._bounds.low
        self._show(self._bounds.low + span * position / self._slider_steps())

    def _show(self, number: float) -> None:
        if isinstance(self._spin, QSpinBox):
            self._spin.setValue(round(number))
        else:
            self._spin.setValue(number)

    @Slot()
    def _on_spin(self) -> None:
        if self._slider is not None:
            span = self._bounds.high - self._bounds.low
            share = (self._spin.value() - self._bounds.low) / span
            with QSignalBlocker(self._slider):
                self._slider.setValue(round(share * self._slider_steps()))
        self.changed.emit()
