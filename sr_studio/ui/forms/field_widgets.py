"""One widget for each kind of field; all speak in the field's own Python value."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QWidget,
)
from typing_extensions import override

from sr_studio.tasks._spec import FieldInfo, Help, Range, Unit

_SLIDER_STEPS = 200
_UNBOUNDED = Range(0, 1_000_000)


class FieldWidget(QWidget):
    """Edits one field.

    Signals:
        changed: the user or `set_value` gave another value.
    """

    changed = Signal()

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(10)

    def value(self) -> Any:
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        raise NotImplementedError

    def name_for_reader(self, name: str) -> None:
        """Tell screen readers what this is."""
        raise NotImplementedError

    @Slot()
    def reset(self) -> None:
        """Set the default of the dataclass again."""
        if self.field.default is not dataclasses.MISSING:
            self.set_value(self.field.default)

    def _adopt(self, control: QWidget, stretch: int = 0) -> None:
        help_text = self.field.mark(Help)
        if help_text is not None:
            sentence = help_text.text[:1].upper() + help_text.text[1:]
            control.setToolTip(sentence)
            control.setAccessibleDescription(sentence)
        self._row.addWidget(control, stretch)
        self.setFocusProxy(control)


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
            spin = QSpinBox()
            spin.setRange(int(low) - self.field.optional, int(high))
        else:
            spin = QDoubleSpinBox()
            step = 0.01 if high - low <= 2 else 0.1
            spin.setDecimals(2 if step < 0.1 else 1)
            spin.setSingleStep(step)
            spin.setRange(low - step * self.field.optional, high)
        if self.field.optional:
            spin.setSpecialValueText(self.tr("off"))
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


class ChoiceField(FieldWidget):
    """A Literal: one of a few words."""

    def __init__(
        self, field: FieldInfo, words: dict[str, str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(field, parent)
        self._box = QComboBox()
        for choice in get_args(field.type):
            self._box.addItem((words or {}).get(str(choice), str(choice)), choice)
        self._box.currentIndexChanged.connect(self.changed)
        self._adopt(self._box, 1)
        self.reset()

    @override
    def value(self) -> Any:
        return self._box.currentData()

    @override
    def set_value(self, value: Any) -> None:
        index = self._box.findData(value)
        if index >= 0:
            self._box.setCurrentIndex(index)

    @override
    def name_for_reader(self, name: str) -> None:
        self._box.setAccessibleName(name)


class SwitchField(FieldWidget):
    """A bool."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._box = QCheckBox()
        self._box.toggled.connect(self.changed)
        self._adopt(self._box, 1)
        self.reset()

    @override
    def value(self) -> bool:
        return self._box.isChecked()

    @override
    def set_value(self, value: Any) -> None:
        self._box.setChecked(bool(value))

    @override
    def name_for_reader(self, name: str) -> None:
        self._box.setText(name)


class TextField(FieldWidget):
    """A str."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._line = QLineEdit()
        self._line.editingFinished.connect(self._on_edited)
        self._last: str | None = None
        self._adopt(self._line, 1)
        self.reset()

    @override
    def value(self) -> str | None:
        text = self._line.text().strip()
        return None if self.field.optional and not text else text

    @override
    def set_value(self, value: Any) -> None:
        self._line.setText("" if value is None else str(value))
        self._on_edited()

    @override
    def name_for_reader(self, name: str) -> None:
        self._line.setAccessibleName(name)

    @Slot()
    def _on_edited(self) -> None:
        if self._line.text() != self._last:
            self._last = self._line.text()
            self.changed.emit()


def make_field_widget(field: FieldInfo, words: dict[str, str] | None = None) -> FieldWidget:
    """Return the widget for a field's type.

    Raises:
        TypeError: no widget edits such a type.
    """
    if get_origin(field.type) is Literal:
        return ChoiceField(field, words)
    kinds: dict[Any, type[FieldWidget]] = {
        bool: SwitchField,
        int: NumberField,
        float: NumberField,
        str: TextField,
    }
    if field.type not in kinds:
        raise TypeError(f"no widget edits {field.name}: {field.type}")
    return kinds[field.type](field)
