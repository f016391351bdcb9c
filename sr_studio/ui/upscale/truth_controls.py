"""Ground-truth mode: the photo is degraded by a chosen recipe and enlarged again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from sr_studio.degradations.recipe import Degradation
from sr_studio.tasks._spec import Range
from sr_studio.tasks.degrade import DegradationSettings
from sr_studio.ui.forms.request_form import RequestForm

if TYPE_CHECKING:
    from sr_studio.settings import FormValues

_FIELDS = ("sigma_blur", "noise", "jpeg")


class TruthControls(QWidget):
    """Signals: changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = QCheckBox(self.tr("Take this photo as ground truth"))
        help_text = QLabel(
            self.tr(
                "It is made small by a recipe, enlarged again, and measured against itself: "
                "PSNR of Y without a border of the scale's width, and SSIM."
            )
        )
        help_text.setObjectName("dimText")
        help_text.setWordWrap(True)
        self._recipe = QComboBox()
        self._recipe.setAccessibleName(self.tr("Recipe"))
        self._recipe.addItem(self.tr("MATLAB bicubic"), "bicubic")
        self._recipe.addItem(self.tr("Blur, noise and JPEG"), "real")
        self._form = RequestForm(
            DegradationSettings,
            _FIELDS,
            titles={
                "sigma_blur": self.tr("Blur"),
                "noise": self.tr("Noise"),
                "jpeg": self.tr("JPEG quality"),
            },
            ranges={"sigma_blur": Range(0, 8), "noise": Range(0, 50)},
        )
        self._form.set_values({"sigma_blur": 1.2, "noise": 6.0, "jpeg": 60})
        self._details = QWidget()
        inner = QVBoxLayout(self._details)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._recipe)
        inner.addWidget(self._form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.switch, help_text, self._details):
            layout.addWidget(widget)
        self.switch.toggled.connect(self._on_change)
        self._recipe.currentIndexChanged.connect(self._on_change)
        self._form.changed.connect(self._on_change)
        self._on_change()

    def recipe(self, scale: int) -> Degradation | None:
        """Return the recipe, None while the mode is off."""
        if not self.switch.isChecked():
            return None
        if self._recipe.currentData() == "bicubic":
            return Degradation(scale=scale)
        return Degradation(scale=scale, **self._form.values())

    def stored(self) -> dict[str, Any]:
        return {"recipe": self._recipe.currentData(), **self._form.values()}

    def restore(self, values: FormValues) -> None:
        """The mode itself always starts off: it is a question, not a habit."""
        index = self._recipe.findData(values.get("recipe"))
        self._recipe.setCurrentIndex(max(0, index))
        self._form.set_values(values)

    @Slot()
    def _on_change(self) -> None:
        self._details.setVisible(self.switch.isChecked())
        self._form.setVisible(self._recipe.currentData() == "real")
        self.changed.emit()
