"""How large the result becomes: by scale, width and height, long edge or megapixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sr_studio.ui.forms.spin_boxes import DoubleSpinBox, SpinBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.settings import FormValues

SizeBy = Literal["scale", "size", "long_edge", "megapixels"]

_LONGEST_PX = 200_000


class SizeControls(QWidget):
    """Signals: changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: tuple[int, int] | None = None
        self._by = QComboBox()
        self._by.setAccessibleName(self.tr("Size by"))
        for value, words in (
            ("scale", self.tr("Scale")),
            ("size", self.tr("Width and height")),
            ("long_edge", self.tr("Long edge")),
            ("megapixels", self.tr("Megapixels")),
        ):
            self._by.addItem(words, value)
        self._scales = QButtonGroup(self)
        self._scales.setExclusive(True)
        self._scale_row = QHBoxLayout()
        self._scale_row.setContentsMargins(0, 0, 0, 0)
        self._scale_row.setSpacing(6)
        self._width = _pixels_box(self.tr("Width"))
        self._height = _pixels_box(self.tr("Height"))
        self._edge = _pixels_box(self.tr("Long edge"))
        self._edge.setValue(3840)
        self._megapixels = DoubleSpinBox()
        self._megapixels.setRange(0.01, 1000)
        self._megapixels.setDecimals(2)
        self._megapixels.setValue(24)
        self._megapixels.setSuffix(" MP")
        self._megapixels.setKeyboardTracking(False)
        self._megapixels.setAccessibleName(self.tr("Megapixels"))
        self._pages = QStackedWidget()
        self._pages.addWidget(_page(self._scale_row))
        self._pages.addWidget(_page(_row(self._width, QLabel("×"), self._height)))
        self._pages.addWidget(_page(_row(self._edge)))
        self._pages.addWidget(_page(_row(self._megapixels)))
        self._result = QLabel()
        self._result.setAccessibleName(self.tr("Size of the result"))
        self._result.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._by)
        layout.addWidget(self._pages)
        layout.addWidget(self._result)
        self.set_scales((2, 3, 4))
        self._by.currentIndexChanged.connect(self._on_by)
        self._scales.idToggled.connect(self._on_scale)
        self._width.valueChanged.connect(self._on_width)
        self._height.valueChanged.connect(self._on_height)
        self._edge.valueChanged.connect(self.changed)
        self._megapixels.valueChanged.connect(self.changed)

    @property
    def scale(self) -> int:
        """The scale chosen, also while the size is given otherwise."""
        return max(self._scales.checkedId(), 1)

    @property
    def result_text(self) -> str:
        return self._result.text()

    def set_scales(self, scales: Sequence[int]) -> None:
        """Offer the scales of the network; the chosen one stays if it can."""
        chosen = self.scale if self._scales.buttons() else max(scales)
        with QSignalBlocker(self._scales):
            for button in self._scales.buttons():
                self._scales.removeButton(button)
                self._scale_row.removeWidget(button)
                button.deleteLater()
            for scale in scales:
                button = QPushButton(f"×{scale}")
                button.setCheckable(True)
                button.setProperty("segment", "true")
                button.setAccessibleName(self.tr("%1 times larger").replace("%1", str(scale)))
                self._scales.addButton(button, scale)
                self._scale_row.addWidget(button)
            nearest = min(scales, key=lambda scale: (abs(scale - chosen), -scale))
            self._scales.button(nearest).setChecked(True)
        if nearest != chosen:
            self.changed.emit()

    def choose_scale(self, scale: int) -> None:
        """Choose this scale, where the network has it."""
        button = self._scales.button(scale)
        if button is not None:
            button.setChecked(True)

    def set_source(self, size: tuple[int, int] | None) -> None:
        """The picture's (width, height): width and height keep its proportions."""
        if size == self._source:
            return
        self._source = size
        if size is not None:
            with QSignalBlocker(self._width), QSignalBlocker(self._height):
                self._width.setValue(size[0] * self.scale)
                self._height.setValue(size[1] * self.scale)

    def show_result(self, result: tuple[int, int] | None, low: tuple[int, int] | None) -> None:
        """Say how large the result is; `low`: made so small before, in ground-truth mode."""
        if self._source is None or result is None:
            self._result.setText("")
            return
        if low is not None:
            sizes = (self._source, low, result)
            self._result.setText("  →  ".join(f"{w} × {h}" for w, h in sizes))
            return
        megapixels = result[0] * result[1] / 1e6
        shown = f"{megapixels:.3g}" if megapixels >= 0.01 else "< 0.01"
        source = "{} × {}".format(*self._source)
        self._result.setText(f"{source}  →  {result[0]} × {result[1]}  ·  {shown} MP")

    def values(self) -> dict[str, Any]:
        """Return scale, size and long_edge as the settings of the engine have them."""
        by: SizeBy = self._by.currentData()
        match by:
            case "size":
                return {"scale": None, "size": f"{self._width.value()}x{self._height.value()}"}
            case "long_edge":
                return {"scale": None, "long_edge": self._edge.value()}
            case "megapixels" if self._source is not None:
                width, height = self._source
                ratio = math.sqrt(self._megapixels.value() * 1e6 / (width * height))
                size = f"{max(1, round(width * ratio))}x{max(1, round(height * ratio))}"
                return {"scale": None, "size": size}
        return {"scale": self.scale}

    def stored(self) -> dict[str, Any]:
        return {
            "size_by": self._by.currentData(),
            "scale": self.scale,
            "long_edge": self._edge.value(),
            "megapixels": self._megapixels.value(),
        }

    def restore(self, values: FormValues) -> None:
        index = self._by.findData(values.get("size_by"))
        self._by.setCurrentIndex(max(0, index))
        scale = values.get("scale")
        if isinstance(scale, int) and (button := self._scales.button(scale)) is not None:
            button.setChecked(True)
        edge, megapixels = values.get("long_edge"), values.get("megapixels")
        if isinstance(edge, int):
            self._edge.setValue(edge)
        if isinstance(megapixels, int | float):
            self._megapixels.setValue(megapixels)

    @Slot()
    def _on_by(self) -> None:
        self._pages.setCurrentIndex(self._by.currentIndex())
        self.changed.emit()

    @Slot(int, bool)
    def _on_scale(self, _scale: int, is_checked: bool) -> None:  # noqa: FBT001  Qt's signal
        if is_checked:
            self.changed.emit()

    @Slot(int)
    def _on_width(self, width: int) -> None:
        if self._source is not None:
            with QSignalBlocker(self._height):
                self._height.setValue(max(1, round(width * self._source[1] / self._source[0])))
        self.changed.emit()

    @Slot(int)
    def _on_height(self, height: int) -> None:
        if self._source is not None:
            with QSignalBlocker(self._width):
                self._width.setValue(max(1, round(height * self._source[0] / self._source[1])))
        self.changed.emit()


def _pixels_box(name: str) -> QSpinBox:
    box = SpinBox()
    box.setRange(1, _LONGEST_PX)
    box.setSuffix(" px")
    box.setKeyboardTracking(False)
    box.setAccessibleName(name)
    box.setMinimumWidth(96)  # six digits fit; Qt would reserve room for two boxes too wide
    return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return row


def _page(row: QHBoxLayout) -> QWidget:
    page = QWidget()
    page.setLayout(row)
    return page
