"""The widgets for choices, switches and texts, and which widget edits which field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget
from typing_extensions import override

from sr_studio.ui.forms.field_widget import FieldWidget
from sr_studio.ui.forms.number_field import NumberField

if TYPE_CHECKING:
    from sr_studio.tasks._spec import FieldInfo


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
        self._line.setCursorPosition(0)  # a long one is read from its start
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
