"""What the widgets of all kinds of fields have in common."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sr_studio.tasks._spec import Help

if TYPE_CHECKING:
    from sr_studio.tasks._spec import FieldInfo


class FieldWidget(QWidget):
    """Edits one field; speaks in the field's own Python value.

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
