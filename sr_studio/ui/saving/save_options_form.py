"""Format, quality, depth and metadata of what is saved, and what the format would lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QWidget,
)

from sr_studio.imaging.encode_image import SaveOptions, losses_of_format
from sr_studio.ui.forms.field_label import FieldLabel
from sr_studio.ui.forms.form_rows import FormRows
from sr_studio.ui.forms.spin_boxes import SpinBox

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.settings import FormValues

SUFFIX_OF = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif"}
_FORMAT_OF = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
    ".avif": "avif",
}
_WITH_QUALITY = {"jpeg", "webp", "avif"}
_DEFAULT_QUALITY = 95


def format_of(suffix: str) -> str:
    """Return the format that a suffix stands for, "" if none."""
    return _FORMAT_OF.get(suffix.lower(), "")


class SaveOptionsForm(QWidget):
    """Edits SaveOptions.

    Signals:
        changed: some option is another.
        format_changed: the format is another: the name's suffix has to follow.
    """

    changed = Signal()
    format_changed = Signal()

    def __init__(self, image: ImageBuffer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self._format = _choice(
            ("png", "PNG"),
            ("jpeg", "JPEG"),
            ("tiff", "TIFF"),
            ("webp", "WebP"),
            ("avif", "AVIF"),
        )
        self._format.setAccessibleName(self.tr("Format"))
        self._quality_slider = QSlider(Qt.Orientation.Horizontal)
        self._quality_slider.setRange(1, 100)
        self._quality_slider.setAccessibleName(self.tr("Quality, slider"))
        self._quality = SpinBox()
        self._quality.setRange(1, 100)
        self._quality.setAccessibleName(self.tr("Quality"))
        self._quality_slider.valueChanged.connect(self._quality.setValue)
        self._quality.valueChanged.connect(self._quality_slider.setValue)
        self._quality.setValue(_DEFAULT_QUALITY)
        self._depth = _choice(
            ("same", self.tr("as the source")),
            ("8", self.tr("8 bit")),
            ("16", self.tr("16 bit")),
            ("float", self.tr("32 bit float")),
        )
        self._depth.setAccessibleName(self.tr("Depth"))
        self._metadata = _choice(
            ("keep", self.tr("Keep all")),
            ("no-place", self.tr("Keep, without the place")),
            ("strip", self.tr("Strip")),
        )
        self._metadata.setAccessibleName(self.tr("Metadata"))
        self._describe = QCheckBox(self.tr("Write what was done into the metadata"))
        self._losses = QLabel()
        self._losses.setWordWrap(True)
        self._losses.setObjectName("lossText")
        self._losses.setTextFormat(Qt.TextFormat.PlainText)

        quality = QHBoxLayout()
        quality.addWidget(self._quality_slider, 1)
        quality.addWidget(self._quality)
        self._quality_label = FieldLabel(self.tr("Quality"))
        self._quality_label.reset_wanted.connect(self._reset_quality)
        quality.setSpacing(10)
        rows = FormRows(self)
        rows.add(self.tr("Fo&rmat"), self._format)
        rows.add(self._quality_label, quality, buddy=self._quality)
        rows.add(self.tr("&Depth"), self._depth)
        rows.add(self.tr("&Metadata"), self._metadata)
        rows.add("", self._describe)
        rows.add("", self._losses)
        self._format.currentIndexChanged.connect(self._on_format)
        for box in (self._depth, self._metadata):
            box.currentIndexChanged.connect(self._on_change)
        self._quality.valueChanged.connect(self._on_change)
        self._on_format()

    @property
    def losses(self) -> str:
        """What the chosen format would lose, as shown."""
        return self._losses.text()

    def set_format(self, file_format: str) -> None:
        index = self._format.findData(file_format)
        if index >= 0:
            self._format.setCurrentIndex(index)

    def suffix(self) -> str:
        return SUFFIX_OF[self._format.currentData()]

    def options(self, *, description: str, overwrite: bool) -> SaveOptions:
        return SaveOptions(
            file_format=self._format.currentData(),
            quality=self._quality.value(),
            depth=self._depth.currentData(),
            metadata=self._metadata.currentData(),
            description=description if self._describe.isChecked() else "",
            overwrite=overwrite,
        )

    def values(self) -> dict[str, str | int | bool]:
        return {
            "format": self._format.currentData(),
            "quality": self._quality.value(),
            "depth": self._depth.currentData(),
            "metadata": self._metadata.currentData(),
            "describe": self._describe.isChecked(),
        }

    def set_values(self, values: FormValues) -> None:
        """Take over stored values; what does not fit is left as it is."""
        for box, name in (
            (self._format, "format"),
            (self._depth, "depth"),
            (self._metadata, "metadata"),
        ):
            index = box.findData(values.get(name))
            if index >= 0:
                box.setCurrentIndex(index)
        quality = values.get("quality")
        if isinstance(quality, int):
            self._quality.setValue(quality)
        self._describe.setChecked(values.get("describe") is True)

    @Slot()
    def _reset_quality(self) -> None:
        self._quality.setValue(_DEFAULT_QUALITY)

    @Slot()
    def _on_format(self) -> None:
        has_quality = self._format.currentData() in _WITH_QUALITY
        for widget in (self._quality, self._quality_slider, self._quality_label):
            widget.setEnabled(has_quality)
        self.format_changed.emit()
        self._on_change()

    @Slot()
    def _on_change(self) -> None:
        losses = losses_of_format(self._image, self._format.currentData())
        self._losses.setText("\n".join(losses))
        self._losses.setVisible(bool(losses))
        self.changed.emit()


def _choice(*entries: tuple[str, str]) -> QComboBox:
    box = QComboBox()
    for value, words in entries:
        box.addItem(words, value)
    return box
