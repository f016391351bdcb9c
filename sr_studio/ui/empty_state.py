"""What the window shows while no picture is open: what to do first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sr_studio.ui.icons import set_label_icon

if TYPE_CHECKING:
    from sr_studio.ui.theme import ThemeSwitch


class EmptyState(QWidget):
    """Signals: open_wanted, sample_wanted."""

    open_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._icon = QLabel()
        title = QLabel(self.tr("Drop photos here, or press Ctrl+O"))
        title.setObjectName("emptyTitle")
        words = QLabel(
            self.tr(
                "Files, folders, a picture dragged from a browser or pasted with Ctrl+V.\n"
                "The original is never touched."
            )
        )
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open_button = QPushButton(self.tr("Open photos…"))
        self.open_button.setProperty("primary", "true")
        self.open_button.clicked.connect(self.open_wanted)
        self.sample_button = QPushButton(self.tr("Try the sample photo"))
        self.sample_button.clicked.connect(self.sample_wanted)

        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.sample_button)
        buttons.addStretch(1)
        self._frame = QFrame()
        self._frame.setObjectName("dropFrame")
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(48, 40, 48, 40)
        inner.setSpacing(10)
        inner.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(title, alignment=Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(words, alignment=Qt.AlignmentFlag.AlignHCenter)
        inner.addSpacing(14)
        inner.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.addWidget(self._frame, alignment=Qt.AlignmentFlag.AlignCenter)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    def set_hot(self, *, is_hot: bool) -> None:
        """Light up while something that can be dropped hovers."""
        self._frame.setProperty("hot", "true" if is_hot else "false")
        self._frame.style().unpolish(self._frame)
        self._frame.style().polish(self._frame)

    @Slot()
    def _paint_icon(self) -> None:
        set_label_icon(self._icon, "mdi6.image-plus-outline", self._theme.colours.dim, 56)
