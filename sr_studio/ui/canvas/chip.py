"""Labels and buttons over the picture, readable over any picture and surround."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

_HUD_MS = 1200
_NARROWEST_PX = 80
_PADDING_PX = 44  # of the chip, and the arrow of the button
_STYLE = """
#chip { background: rgba(22, 22, 22, 215); border: 1px solid rgba(255, 255, 255, 60);
        border-radius: 6px; }
#chip QLabel { color: #f4f4f4; background: transparent; border: none; }
#chip QLabel#caption { color: #d2d2d2; }
#chip QPushButton { color: #f4f4f4; background: transparent; border: none; min-height: 0;
                    padding: 0 4px 0 0; text-align: left; }
#chip QPushButton:hover { color: #ffffff; text-decoration: underline; }
#chip QPushButton:focus { color: #8cc8ff; text-decoration: underline; }
#chip QPushButton::menu-indicator { image: none; }
"""


class Chip(QFrame):
    """A dark rounded box with light words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("chip")
        self.setStyleSheet(_STYLE)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(9, 5, 9, 5)
        self._rows.setSpacing(1)

    def add(self, widget: QWidget) -> None:
        self._rows.addWidget(widget)

    def take_size(self, width_px: int = 10_000) -> None:
        """Take the size of what is in it now, at most so wide."""
        self._rows.activate()
        self.resize(self.sizeHint().boundedTo(QSize(width_px, 10_000)))


class ChoiceButton(QPushButton):
    """A button whose text is the choice at hand, and whose menu holds them all.

    Signals:
        chosen: (int) the index of what the user picked.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMenu(QMenu(self))
        self._words: tuple[str, ...] = ()

    def set_choices(self, words: Sequence[str], current: int) -> None:
        menu = self.menu()
        if tuple(words) != self._words:
            self._words = tuple(words)
            menu.clear()
            group = QActionGroup(menu)
            for index, word in enumerate(words):
                action = menu.addAction(word.replace("&", "&&"))
                action.setCheckable(True)
                group.addAction(action)
                action.triggered.connect(partial(self._on_chosen, index))
        menu.actions()[current].setChecked(True)

    def _on_chosen(self, index: int, *_is_checked: bool) -> None:
        self.chosen.emit(index)


class TitleChip(Chip):
    """The title of a pane and a line under it; where there are panes to choose from, a menu.

    Signals:
        chosen: (int) the index of the pane that shall be shown here.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = ""
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._button = ChoiceButton()
        self._button.chosen.connect(self.chosen)
        self._caption = QLabel()
        self._caption.setObjectName("caption")
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        bold = self._label.font()
        bold.setWeight(bold.Weight.DemiBold)
        for widget in (self._label, self._button):
            widget.setFont(bold)
        for widget in (self._label, self._button, self._caption):
            self.add(widget)

    def set_text(self, title: str, caption: str) -> None:
        self._title = title
        self._caption.setText(caption)
        self._caption.setVisible(bool(caption))
        self.setAccessibleName(title)
        self.setAccessibleDescription(caption)
        self._button.setAccessibleName(self.tr("Picture shown here: {0}").format(title))

    def set_choices(self, titles: Sequence[str], current: int) -> None:
        """Offer these panes; a single one cannot be chosen from."""
        has_choice = len(titles) > 1
        # The mouse goes through to the picture where there is nothing to press.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not has_choice)
        self._button.setVisible(has_choice)
        self._label.setVisible(not has_choice)
        if has_choice:
            self._button.set_choices(titles, current)

    def fit_into(self, width_px: int) -> None:
        """Take the size of the text, shortened where there is no room."""
        room = max(width_px, _NARROWEST_PX) - _PADDING_PX
        elided = self._label.fontMetrics().elidedText(
            self._title, Qt.TextElideMode.ElideMiddle, room
        )
        self._label.setText(elided.replace("&", "&&"))
        self._button.setText(f"{elided}  ▾".replace("&", "&&"))
        self.setToolTip(self._title if elided != self._title else "")
        self.take_size(max(width_px, _NARROWEST_PX))


class HudChip(Chip):
    """A word that shows for a moment: the zoom after it has changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label = QLabel()
        self.add(self._label)
        self._hiding = QTimer(self)
        self._hiding.setSingleShot(True)
        self._hiding.setInterval(_HUD_MS)
        self._hiding.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text()

    def show_text(self, text: str) -> None:
        self._label.setText(text)
        self.take_size()
        self.show()
        self.raise_()
        self._hiding.start()
