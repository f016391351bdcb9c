"""One sentence and an advice above the picture; it never blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.ui.icons import set_icon, set_label_icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.theme import ThemeSwitch

MessageKind = Literal["error", "warning", "info"]

_ICONS = {"error": "mdi6.alert-circle", "warning": "mdi6.alert", "info": "mdi6.information"}


class MessageBar(QFrame):
    """Shows the newest message until it is closed or `clear` is called."""

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._theme = theme
        self._kind: MessageKind = "info"
        self._act: Callable[[], None] | None = None
        self._icon = QLabel()
        self._message = _wrapping_label("messageText")
        self._advice = _wrapping_label("messageAdvice")
        self._action = QPushButton()
        self._action.setAccessibleName(self.tr("Do what the message says"))
        self._action.clicked.connect(self._on_action)
        close = QToolButton()
        close.setObjectName("flat")
        close.setAccessibleName(self.tr("Close the message"))
        close.setToolTip(self.tr("Close"))
        set_icon(close, "mdi6.close")
        close.clicked.connect(self.clear)

        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._message)
        words.addWidget(self._advice)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._action)
        row.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._paint_icon)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown, "" while hidden."""
        return "" if self.isHidden() else f"{self._message.text()} {self._advice.text()}".strip()

    def tell(
        self,
        kind: MessageKind,
        message: str,
        advice: str = "",
        *,
        action: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """Show a message; `action` is the word on a button and what it does."""
        self._kind = kind
        self._message.setText(message)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._action.setVisible(action is not None)
        self._act = None
        if action is not None:
            words, self._act = action
            self._action.setText(words)
            self._action.setAccessibleName(words)
        self.setProperty("kind", kind)
        self.setAccessibleName(f"{message} {advice}")
        self.style().unpolish(self)
        self.style().polish(self)
        self._paint_icon()
        self.show()

    @Slot()
    def clear(self) -> None:
        self._act = None
        self.hide()

    @Slot()
    def _on_action(self) -> None:
        act = self._act
        self.clear()
        if act is not None:
            act()

    @Slot()
    def _paint_icon(self) -> None:
        colours = self._theme.colours
        tint = {"error": colours.bad, "warning": colours.warning, "info": colours.accent}
        set_label_icon(self._icon, _ICONS[self._kind], tint[self._kind], 20)


def _wrapping_label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
