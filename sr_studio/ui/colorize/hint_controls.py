"""How hints are put: as points or scribbles, their size, and what is done to all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.ui.canvas.hint_tool import MAX_RADIUS_PX, MIN_RADIUS_PX, HintKind
from sr_studio.ui.forms.spin_boxes import SpinBox
from sr_studio.ui.icons import set_icon

if TYPE_CHECKING:
    from sr_studio.ui.canvas.hint_tool import HintTool

KIND_KEYS: dict[HintKind, str] = {"point": "P", "scribble": "B"}


class HintControls(QWidget):
    """Shows and sets the tool's kind and size; asks for the rest.

    Signals:
        radius_wanted: (px)
        shift_wanted: (dx, dy) in pixels of the picture.
        remove_wanted, clear_wanted, suggest_wanted, load_wanted, save_wanted.
        marks_toggled: (bool) whether hints are drawn over the picture.

    Attributes:
        rest: what is seldom needed, for another part of the form.
    """

    radius_wanted = Signal(int)
    shift_wanted = Signal(float, float)
    remove_wanted = Signal()
    clear_wanted = Signal()
    suggest_wanted = Signal()
    load_wanted = Signal()
    save_wanted = Signal()
    marks_toggled = Signal(bool)

    def __init__(self, tool: HintTool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = tool
        self._group = QButtonGroup(self)
        self.buttons: dict[HintKind, QToolButton] = {
            "point": _tool_button("mdi6.circle-slice-8", self.tr("Point")),
            "scribble": _tool_button("mdi6.draw", self.tr("Scribble")),
        }
        gestures = self.tr(
            "On a hint, a click selects and a drag moves it; with Ctrl it is removed.\n"
            "Alt and a click give the selected hint the colour of that place.\n"
            "Keys: Return puts one in the middle, H selects the next, Ctrl and arrows move it."
        )
        for kind, button in self.buttons.items():
            button.setCheckable(True)
            button.setToolTip(f"{button.accessibleName()}  {KIND_KEYS[kind]}\n{gestures}")
            button.setProperty("kind", kind)
            self._group.addButton(button)
        self.marks_button = _tool_button("mdi6.eye", self.tr("Show the hints"))
        self.marks_button.setToolTip(self.tr("Show the hints  V"))
        self.marks_button.setCheckable(True)
        self.marks_button.setChecked(True)
        self.radius_spin = SpinBox()
        self.radius_spin.setRange(round(MIN_RADIUS_PX), round(MAX_RADIUS_PX))
        self.radius_spin.setSuffix(" px")
        self.radius_spin.setAccessibleName(self.tr("Radius"))
        self.radius_spin.setToolTip(self.tr("Of the selected hint and those to come  [  ]"))
        self.suggest_button = QPushButton(self.tr("Suggest a place"))
        self.suggest_button.setToolTip(self.tr("Puts a hint where the network is least sure  S"))
        self.remove_button = QPushButton(self.tr("Remove"))
        self.remove_button.setAccessibleName(self.tr("Remove the selected hint"))
        self.remove_button.setToolTip(self.tr("Removes the selected hint  Del"))
        self.clear_button = QPushButton(self.tr("Remove all hints"))
        self.clear_button.setToolTip(self.tr("Undo brings them back"))
        self.load_button = QPushButton(self.tr("Load hints…"))
        self.save_button = QPushButton(self.tr("Save hints…"))
        self.rest = QWidget()
        self._lay_out()
        self._group.buttonClicked.connect(self._on_kind)
        self.radius_spin.valueChanged.connect(self.radius_wanted)
        self.marks_button.toggled.connect(self.marks_toggled)
        self.suggest_button.clicked.connect(self.suggest_wanted)
        self.remove_button.clicked.connect(self.remove_wanted)
        self.clear_button.clicked.connect(self.clear_wanted)
        self.load_button.clicked.connect(self.load_wanted)
        self.save_button.clicked.connect(self.save_wanted)
        self.show_state(count=0, can_suggest=False)

    def choose(self, kind: HintKind) -> None:
        """Take the other tool."""
        self._tool.kind = kind
        self.buttons[kind].setChecked(True)

    def show_state(self, *, count: int, can_suggest: bool) -> None:
        """Show the tool as it is, and what can be done.

        Args:
            count: how many hints there are.
            can_suggest: a network says where it is unsure.
        """
        self.buttons[self._tool.kind].setChecked(True)
        hint = self._tool.hint
        with QSignalBlocker(self.radius_spin):
            self.radius_spin.setValue(
                round(self._tool.radius_px if hint is None else hint.radius_px)
            )
        self.remove_button.setEnabled(hint is not None)
        self.clear_button.setEnabled(count > 0)
        self.save_button.setEnabled(count > 0)
        self.suggest_button.setEnabled(can_suggest)

    def _lay_out(self) -> None:
        tools, row, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        tools.setSpacing(4)
        for button in self.buttons.values():
            tools.addWidget(button)
        tools.addSpacing(8)
        tools.addWidget(self.marks_button)
        tools.addStretch(1)
        tools.addWidget(QLabel(self.tr("Radius")))
        tools.addWidget(self.radius_spin)
        row.setSpacing(8)
        row.addWidget(self.suggest_button, 1)
        row.addWidget(self.remove_button, 1)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(tools)
        column.addLayout(row)
        rest = QGridLayout(self.rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(8)
        rest.addWidget(self.load_button, 0, 0)
        rest.addWidget(self.save_button, 0, 1)
        rest.addWidget(self.clear_button, 1, 0, 1, 2)

    @Slot(object)
    def _on_kind(self, button: QToolButton) -> None:
        self.choose(button.property("kind"))


def _tool_button(icon: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("toolChoice")
    button.setAccessibleName(words)
    set_icon(button, icon)
    return button
