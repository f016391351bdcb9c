"""The panels at the left, an icon and a word each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolBar, QToolButton, QWidget

from sr_studio.ui.icons import set_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from sr_studio.ui.panels._spec import PanelSpec


class Rail(QToolBar):
    """Signals: chosen (panel id)."""

    chosen = Signal(str)

    def __init__(self, specs: Sequence[PanelSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setWindowTitle(self.tr("Panels"))
        self.setAccessibleName(self.tr("Panels"))
        self.setMovable(False)
        self.setFloatable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._group = QButtonGroup(self)
        self._specs = tuple(specs)
        for index, spec in enumerate(self._specs):
            button = QToolButton()
            button.setText(spec.title)
            button.setAccessibleName(spec.title)
            button.setCheckable(True)
            button.setIconSize(QSize(26, 26))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            set_icon(button, spec.icon)
            self._group.addButton(button, index)
            self.addWidget(button)
        self._group.idToggled.connect(self._on_toggled)

    def add_toggle(self, action: QAction, icon: str) -> None:
        """Put a switch at the foot of the rail."""
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.addWidget(spacer)
        set_icon(action, icon)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.addWidget(button)

    def choose(self, panel_id: str) -> None:
        """Choose a panel; an id that is gone chooses the first."""
        ids = [spec.id for spec in self._specs]
        index = ids.index(panel_id) if panel_id in ids else 0
        self._group.button(index).setChecked(True)

    @Slot(int, bool)
    def _on_toggled(self, index: int, is_checked: bool) -> None:  # noqa: FBT001  Qt's signal
        if is_checked:
            self.chosen.emit(self._specs[index].id)
