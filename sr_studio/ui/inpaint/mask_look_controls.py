"""How the mask is seen: colour, opacity, hatching, with the picture or alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFormLayout,
    QPushButton,
    QSlider,
    QWidget,
)

from sr_studio.ui.canvas.mask_overlay import MaskLook

if TYPE_CHECKING:
    from sr_studio.settings import FormValues

_SWATCH_PX = 14


class MaskLookControls(QWidget):
    """Sets a MaskLook.

    Signals:
        changed: `look` is another.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = MaskLook()
        self.show_box = QComboBox()
        for show, words in (
            ("both", self.tr("Picture and mask")),
            ("mask", self.tr("Mask only")),
            ("picture", self.tr("Picture only")),
        ):
            self.show_box.addItem(words, show)
        self.colour_button = QPushButton(self.tr("Choose…"))
        self.opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self.opacity_slider.setRange(10, 100)
        self.hatching = QCheckBox(self.tr("Hatched"))
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        for title, widget in (
            (self.tr("Show"), self.show_box),
            (self.tr("Colour"), self.colour_button),
            (self.tr("Opacity"), self.opacity_slider),
        ):
            rows.addRow(title, widget)
            widget.setAccessibleName(title)
        rows.addRow("", self.hatching)
        self._show_look()
        self.show_box.currentIndexChanged.connect(self._on_changed)
        self.opacity_slider.valueChanged.connect(self._on_changed)
        self.hatching.toggled.connect(self._on_changed)
        self.colour_button.clicked.connect(self._ask_for_colour)

    @property
    def look(self) -> MaskLook:
        return self._look

    @Slot()
    def next_show(self) -> None:
        """Go from the picture with its mask to the mask alone, to the picture alone."""
        self.show_box.setCurrentIndex((self.show_box.currentIndex() + 1) % self.show_box.count())

    def set_colour(self, colour: tuple[int, int, int]) -> None:
        self._look = replace(self._look, colour=colour)
        self._show_look()
        self.changed.emit()

    def stored(self) -> dict[str, Any]:
        look = self._look
        return {"colour": list(look.colour), "opacity": look.opacity, "hatched": look.is_hatched}

    def restore(self, values: FormValues) -> None:
        """Take what was stored; what is shown at the start is always picture and mask."""
        colour, opacity = values.get("colour"), values.get("opacity")
        if isinstance(colour, list) and len(colour) == 3:
            red, green, blue = (min(max(int(value), 0), 255) for value in colour)
            self._look = replace(self._look, colour=(red, green, blue))
        if isinstance(opacity, float):
            self._look = replace(self._look, opacity=min(max(opacity, 0.1), 1.0))
        self._look = replace(self._look, is_hatched=values.get("hatched") is True)
        self._show_look()
        self.changed.emit()

    def _show_look(self) -> None:
        look = self._look
        swatch = QPixmap(_SWATCH_PX, _SWATCH_PX)
        swatch.fill(QColor(*look.colour))
        self.colour_button.setIcon(QIcon(swatch))
        with (
            QSignalBlocker(self.opacity_slider),
            QSignalBlocker(self.show_box),
            QSignalBlocker(self.hatching),
        ):
            self.opacity_slider.setValue(round(look.opacity * 100))
            self.show_box.setCurrentIndex(self.show_box.findData(look.show))
            self.hatching.setChecked(look.is_hatched)

    @Slot()
    def _on_changed(self) -> None:
        self._look = replace(
            self._look,
            show=self.show_box.currentData(),
            opacity=self.opacity_slider.value() / 100,
            is_hatched=self.hatching.isChecked(),
        )
        self.changed.emit()

    @Slot()
    def _ask_for_colour(self) -> None:
        chosen = QColorDialog.getColor(
            QColor(*self._look.colour), self, self.tr("Colour of the mask")
        )
        if chosen.isValid():
            self.set_colour((chosen.red(), chosen.green(), chosen.blue()))
