"""A form made from the fields of a request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sr_studio.tasks._spec import Range, request_fields
from sr_studio.ui.forms.field_label import FieldLabel
from sr_studio.ui.forms.field_widgets import SwitchField, make_field_widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sr_studio.ui.forms.field_widget import FieldWidget


class RequestForm(QWidget):
    """Edits some fields of a dataclass, label above control.

    Args:
        request: the dataclass.
        names: its fields, in the order wanted; dotted for nested ones.
        titles: field name -> label; others are made from the name.
        words: field name -> choice -> word for it.
        ranges: field name -> a narrower range than the field allows, for a handier slider.
    """

    changed = Signal()

    def __init__(
        self,
        request: type[Any],
        names: Sequence[str],
        *,
        titles: Mapping[str, str] | None = None,
        words: Mapping[str, dict[str, str]] | None = None,
        ranges: Mapping[str, Range] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        fields = {field.name: field for field in request_fields(request)}
        self._widgets: dict[str, FieldWidget] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for name in names:
            field = fields[name]
            if ranges is not None and name in ranges:
                others = (mark for mark in field.marks if not isinstance(mark, Range))
                field = replace(field, marks=(ranges[name], *others))
            widget = make_field_widget(field, (words or {}).get(name))
            title = (titles or {}).get(name, _title_of(name))
            widget.name_for_reader(title)
            widget.changed.connect(self.changed)
            if not isinstance(widget, SwitchField):
                label = FieldLabel(title)
                label.setBuddy(widget)
                label.reset_wanted.connect(widget.reset)
                layout.addWidget(label)
            layout.addWidget(widget)
            layout.addSpacing(6)
            self._widgets[name] = widget

    def widget(self, name: str) -> FieldWidget:
        return self._widgets[name]

    def values(self) -> dict[str, Any]:
        return {name: widget.value() for name, widget in self._widgets.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set those that are named; a value of the wrong kind is left out."""
        for name, widget in self._widgets.items():
            if name in values and _fits(values[name], widget.value()):
                widget.set_value(values[name])


def _title_of(name: str) -> str:
    words = name.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def _fits(value: object, present: object) -> bool:
    """Whether a stored value is of the kind that the widget holds now."""
    if value is None or present is None:
        return True
    if isinstance(present, bool) or isinstance(value, bool):
        return type(value) is type(present)
    if isinstance(present, float):
        return isinstance(value, int | float)
    return isinstance(value, type(present))
