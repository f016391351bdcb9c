"""A row of colours to choose from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

_EDGE_PX = 24
_SPACING_PX = 4
_MOST = 8


class Swatch(QAbstractButton):
    """One colour."""

    def __init__(self) -> None:
        super().__init__()
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def colour(self) -> tuple[int, int, int]:
        """The 8-bit sRGB that it shows."""
        return self._colour.red(), self._colour.green(), self._colour.blue()

    def show_colour(self, colour: tuple[int, int, int], words: str) -> None:
        self._colour = QColor(*colour)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(_EDGE_PX, _EDGE_PX)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_marked = self.underMouse() or self.hasFocus()
        edge = self.palette().highlight() if is_marked else self.palette().mid()
        painter.setPen(QPen(edge.color(), 2.0 if is_marked else 1.0))
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.end()


class Swatches(QWidget):
    """Colours in a row, eight at most; its place is kept where there are none.

    Signals:
        chosen: (index)
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_SPACING_PX)
        self._row.addStretch(1)
        self.setFixedHeight(_EDGE_PX)
        self.buttons: list[Swatch] = []

    def show_colours(self, colours: Sequence[tuple[tuple[int, int, int], str]]) -> None:
        """Show these, each with its words; buttons stay, and with them the keyboard's focus."""
        shown = colours[:_MOST]
        while len(self.buttons) > len(shown):
            button = self.buttons.pop()
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        while len(self.buttons) < len(shown):
            button = Swatch()
            index = len(self.buttons)
            button.clicked.connect(partial(self._on_clicked, index))
            self._row.insertWidget(index, button)
            self.buttons.append(button)
        for button, (colour, words) in zip(self.buttons, shown, strict=True):
            button.show_colour(colour, words)

    def _on_clicked(self, index: int, _checked: object = None) -> None:
        self.chosen.emit(index)
