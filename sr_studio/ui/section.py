"""A heading with what belongs under it; some can be folded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout, QWidget


def panel_title(words: str) -> QLabel:
    """Return the heading of a panel."""
    title = QLabel(words)
    title.setObjectName("panelTitle")
    return title


class Section(QWidget):
    """A titled part of the settings.

    Args:
        title: of the part.
        is_folded: True starts it folded, False open; None: it cannot be folded.
    """

    def __init__(
        self, title: str, *, is_folded: bool | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        line = QFrame()
        line.setObjectName("sectionLine")
        outer.addWidget(line)
        self._body = QWidget()
        self._inner = QVBoxLayout(self._body)
        self._inner.setContentsMargins(0, 0, 0, 4)
        self._inner.setSpacing(8)
        if is_folded is None:
            heading = QLabel(title)
            heading.setObjectName("sectionTitle")
            outer.addWidget(heading)
        else:
            self._button = QToolButton()
            self._button.setObjectName("disclosure")
            self._button.setText(title)
            self._button.setCheckable(True)
            self._button.setChecked(not is_folded)
            self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._button.toggled.connect(self._on_toggled)
            outer.addWidget(self._button)
            self._on_toggled(not is_folded)
        outer.addWidget(self._body)

    def add(self, widget: QWidget) -> None:
        self._inner.addWidget(widget)

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:  # noqa: FBT001  Qt's signal
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._button.setArrowType(arrow)
        self._body.setVisible(is_open)
