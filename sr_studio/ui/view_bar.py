"""The bar above the canvas: how to compare, how large, what lies under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

    from sr_studio.ui.actions import Actions

_LEFT = ("side", "split", "stacked", "flicker", "difference")
_READOUT_PX = 220
_RIGHT = ("before", "loupe", "toggle_fit")


class ViewBar(QFrame):
    """Buttons for the commands of the View menu, and two read-outs."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewBar")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        self._buttons = [_button(action) for action in actions.named((*_LEFT, *_RIGHT))]
        for button in self._buttons[: len(_LEFT)]:
            row.addWidget(button)
        self._readout = QLabel()
        self._readout.setObjectName("dimText")
        self._readout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._readout.setTextFormat(Qt.TextFormat.PlainText)
        self._readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._readout, 1)
        self._zoom = QLabel("–")
        self._zoom.setObjectName("dimText")
        self._zoom.setAccessibleName(self.tr("Zoom"))
        self._zoom.setMinimumWidth(self._zoom.fontMetrics().horizontalAdvance("1600 %") + 8)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for button in self._buttons[len(_LEFT) :]:
            row.addWidget(button)
        row.addWidget(self._zoom)
        self._width_with_words = sum(b.sizeHint().width() for b in self._buttons)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the words out where they would squeeze the read-outs."""
        room = self.width() - self._zoom.minimumWidth() - _READOUT_PX
        has_words = room >= self._width_with_words
        style = Qt.ToolButtonStyle
        for button in self._buttons:
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if has_words else style.ToolButtonIconOnly
            )
        super().resizeEvent(event)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom * 100:.0f} %")

    @Slot(str)
    def show_readout(self, text: str) -> None:
        """Show what lies under the pointer; where there is little room, its end is left out."""
        room = self._readout.width()
        metrics = self._readout.fontMetrics()
        self._readout.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        self._readout.setToolTip(text)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    words = action.text().replace("&", "")
    keys = action.shortcut().toString()
    button.setAccessibleName(words)
    button.setToolTip(f"{words} ({keys})" if keys else words)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
