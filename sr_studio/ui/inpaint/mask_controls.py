"""The tools of the mask, their brush, and what is done to the whole mask."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.ui.canvas.mask_tool import MAX_DIAMETER_PX, MIN_DIAMETER_PX, ToolKind
from sr_studio.ui.forms.spin_boxes import SpinBox
from sr_studio.ui.icons import set_icon

if TYPE_CHECKING:
    from sr_studio.ui.canvas.mask_tool import MaskTool

MaskOperation = Literal["grow", "shrink", "feather", "invert", "clear"]

TOOL_KEYS: dict[ToolKind, str] = {
    "brush": "B",
    "eraser": "E",
    "lasso": "O",
    "polygon": "P",
    "rectangle": "M",
    "ellipse": "Shift+M",
    "flood": "W",
    "colours": "C",
}
"""The key of each tool while the picture has the focus."""

_ICONS: dict[ToolKind, str] = {
    "brush": "mdi6.brush",
    "eraser": "mdi6.eraser",
    "lasso": "mdi6.lasso",
    "polygon": "mdi6.vector-polygon",
    "rectangle": "mdi6.select",
    "ellipse": "mdi6.ellipse-outline",
    "flood": "mdi6.auto-fix",
    "colours": "mdi6.eyedropper",
}
_COLUMNS = 8
_SLIDER_STEPS = 1000


class MaskControls(QWidget):
    """Shows and sets the tool's kind and brush; asks for operations.

    Signals:
        operation_wanted: (MaskOperation, pixels)
        chosen: (ToolKind) the user chose another tool.
    """

    operation_wanted = Signal(str, int)
    chosen = Signal(str)

    def __init__(self, tool: MaskTool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = tool
        self._group = QButtonGroup(self)
        self.buttons = {kind: self._tool_button(kind) for kind in get_args(ToolKind)}
        self.size_slider = _slider(self.tr("Size, slider"), _SLIDER_STEPS)
        self.size_spin = _spin(self.tr("Size"), round(MAX_DIAMETER_PX), " px")
        self.hardness_slider = _slider(self.tr("Hardness, slider"), 100)
        self.hardness_spin = _spin(self.tr("Hardness"), 100, " %", low=0)
        self.tolerance_slider = _slider(self.tr("Tolerance, slider"), 255)
        self.tolerance_spin = _spin(self.tr("Tolerance"), 255, "", low=0)
        self._brush_rows = QWidget()
        self._picker_rows = QWidget()
        self.hint = QLabel()
        self.hint.setObjectName("dimText")
        self.hint.setWordWrap(True)
        self.by_spin = _spin(self.tr("By"), 200, " px")
        self.by_spin.setValue(3)
        self.operations = {name: QPushButton(words) for name, words in self._operation_words()}
        self._lay_out()
        self._wire()
        self.show_tool()

    def choose(self, kind: ToolKind) -> None:
        """Take another tool."""
        self._tool.set_kind(kind)
        self.show_tool()
        self.chosen.emit(kind)

    def set_tolerance(self, tolerance: int) -> None:
        self.tolerance_spin.setValue(tolerance)

    @Slot()
    def show_tool(self) -> None:
        """Show what the tool is at."""
        tool, tip = self._tool, self._tool.tip
        with (
            QSignalBlocker(self.size_slider),
            QSignalBlocker(self.size_spin),
            QSignalBlocker(self.hardness_slider),
            QSignalBlocker(self.hardness_spin),
        ):
            self.size_slider.setValue(_to_slider(tip.diameter_px))
            self.size_spin.setValue(round(tip.diameter_px))
            self.hardness_slider.setValue(round(tip.hardness * 100))
            self.hardness_spin.setValue(round(tip.hardness * 100))
        self.buttons[tool.kind].setChecked(True)
        self._brush_rows.setVisible(tool.kind in ("brush", "eraser"))
        self._picker_rows.setVisible(tool.kind in ("flood", "colours"))
        self.hint.setText(self._hint(tool.kind))

    def _lay_out(self) -> None:
        tools = QGridLayout()
        tools.setSpacing(4)
        for index, button in enumerate(self.buttons.values()):
            tools.addWidget(button, index // _COLUMNS, index % _COLUMNS)
        _rows(
            self._brush_rows,
            (self.tr("Size"), self.size_slider, self.size_spin),
            (self.tr("Hardness"), self.hardness_slider, self.hardness_spin),
        )
        _rows(self._picker_rows, (self.tr("Tolerance"), self.tolerance_slider, self.tolerance_spin))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(6)
        second.setSpacing(6)
        for name, operation in self.operations.items():
            row = second if name in ("invert", "clear") else first
            row.addWidget(operation, 1)
        first.addWidget(self.by_spin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(tools)
        column.addWidget(self._brush_rows)
        column.addWidget(self._picker_rows)
        column.addWidget(self.hint)
        column.addLayout(first)
        column.addLayout(second)

    def _wire(self) -> None:
        self._group.idClicked.connect(self._on_button)
        self._tool.tip_changed.connect(self.show_tool)
        self.size_slider.valueChanged.connect(self._on_size_slider)
        self.size_spin.valueChanged.connect(self._on_size)
        self.hardness_slider.valueChanged.connect(self._on_hardness)
        self.hardness_spin.valueChanged.connect(self._on_hardness)
        self.tolerance_slider.valueChanged.connect(self.tolerance_spin.setValue)
        self.tolerance_spin.valueChanged.connect(self._on_tolerance)
        self.tolerance_spin.setValue(self._tool.tolerance)
        for button in self.operations.values():
            button.clicked.connect(self._on_operation)

    def _tool_button(self, kind: ToolKind) -> QToolButton:
        button = QToolButton()
        button.setObjectName("toolChoice")
        button.setCheckable(True)
        words = f"{self.title_of(kind)} ({TOOL_KEYS[kind]})"
        button.setToolTip(words)
        button.setAccessibleName(words)
        set_icon(button, _ICONS[kind])
        self._group.addButton(button, get_args(ToolKind).index(kind))
        return button

    def title_of(self, kind: ToolKind) -> str:
        """Return what a tool is called."""
        return {
            "brush": self.tr("Brush"),
            "eraser": self.tr("Eraser"),
            "lasso": self.tr("Lasso"),
            "polygon": self.tr("Polygon"),
            "rectangle": self.tr("Rectangle"),
            "ellipse": self.tr("Ellipse"),
            "flood": self.tr("Similar area"),
            "colours": self.tr("Colour everywhere"),
        }[kind]

    def _operation_words(self) -> tuple[tuple[MaskOperation, str], ...]:
        return (
            ("grow", self.tr("Grow")),
            ("shrink", self.tr("Shrink")),
            ("feather", self.tr("Feather")),
            ("invert", self.tr("Invert")),
            ("clear", self.tr("Clear")),
        )

    def _hint(self, kind: ToolKind) -> str:
        if kind in ("brush", "eraser"):
            return self.tr("Right-drag sizes, Shift draws a line, Ctrl erases.")
        if kind == "polygon":
            return self.tr("Click the corners; a double click closes it. Ctrl takes away.")
        if kind in ("rectangle", "ellipse"):
            return self.tr("Shift keeps the sides equal, Ctrl takes away.")
        return self.tr("Ctrl takes away from the mask.")

    @Slot(int)
    def _on_button(self, index: int) -> None:
        self.choose(get_args(ToolKind)[index])

    @Slot(int)
    def _on_size_slider(self, position: int) -> None:
        self._tool.set_tip(diameter_px=_from_slider(position))

    @Slot(int)
    def _on_size(self, diameter_px: int) -> None:
        self._tool.set_tip(diameter_px=diameter_px)

    @Slot(int)
    def _on_hardness(self, percent: int) -> None:
        self._tool.set_tip(hardness=percent / 100)

    @Slot(int)
    def _on_tolerance(self, levels: int) -> None:
        self._tool.tolerance = levels
        with QSignalBlocker(self.tolerance_slider):
            self.tolerance_slider.setValue(levels)

    @Slot()
    def _on_operation(self) -> None:
        sender = self.sender()
        name = next(name for name, button in self.operations.items() if button is sender)
        self.operation_wanted.emit(name, self.by_spin.value())


def _slider(name: str, steps: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, steps)
    slider.setAccessibleName(name)
    return slider


def _spin(name: str, high: int, suffix: str, *, low: int = 1) -> QSpinBox:
    spin = SpinBox()
    spin.setRange(low, high)
    spin.setSuffix(suffix)
    spin.setMinimumWidth(84)
    spin.setAccessibleName(name)
    return spin


def _rows(owner: QWidget, *rows: tuple[str, QSlider, QSpinBox]) -> None:
    grid = QGridLayout(owner)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(6)
    for index, (title, slider, spin) in enumerate(rows):
        grid.addWidget(QLabel(title), index, 0)
        grid.addWidget(slider, index, 1)
        grid.addWidget(spin, index, 2)
    grid.setColumnStretch(1, 1)


def _to_slider(diameter_px: float) -> int:
    """Return the place of a size: each doubling is as long as the next."""
    share = math.log(diameter_px / MIN_DIAMETER_PX) / math.log(MAX_DIAMETER_PX / MIN_DIAMETER_PX)
    return round(share * _SLIDER_STEPS)


def _from_slider(position: int) -> float:
    share = position / _SLIDER_STEPS
    return float(MIN_DIAMETER_PX * (MAX_DIAMETER_PX / MIN_DIAMETER_PX) ** share)
