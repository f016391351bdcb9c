"""The settings of the upscale panel: network, size, origin, look, ground truth, machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from sr_studio.tasks.upscale import UpscaleSettings
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.section import Section, panel_title
from sr_studio.ui.upscale.network_picker import NetworkPicker
from sr_studio.ui.upscale.size_controls import SizeControls
from sr_studio.ui.upscale.told_form import ToldForm
from sr_studio.ui.upscale.truth_controls import TruthControls

if TYPE_CHECKING:
    from sr_studio.degradations.recipe import Degradation
    from sr_studio.settings import FormValues


class UpscaleForm(QScrollArea):
    """Turns widgets into settings.

    Signals:
        changed: the settings are others now.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picker = NetworkPicker()
        self.size_controls = SizeControls()
        self.told = ToldForm(self.tr("How the picture was made"))
        self.look = RequestForm(
            UpscaleSettings,
            ("strength", "match_tone"),
            titles={
                "strength": self.tr("Strength: faithful to deep"),
                "match_tone": self.tr("Match source tone"),
            },
        )
        self.truth = TruthControls()
        self.machine = RequestForm(
            UpscaleSettings,
            ("tile", "precision", "device"),
            titles={
                "tile": self.tr("Tile: auto, off, or pixels"),
                "precision": self.tr("Precision"),
                "device": self.tr("Device"),
            },
        )
        self._lay_out()
        for part in (self.size_controls, self.told, self.look, self.truth, self.machine):
            part.changed.connect(self._on_part)
        self.picker.changed.connect(self._on_network)

    @property
    def recipe(self) -> Degradation | None:
        """How the photo is degraded; None outside ground-truth mode."""
        return self.truth.recipe(self.size_controls.scale)

    def settings(self) -> UpscaleSettings:
        """Return what the widgets say.

        Raises:
            InvalidRequest: a text cannot be understood.
        """
        model = self.picker.model
        values: dict[str, Any] = {**self.look.values(), **self.machine.values()}
        values |= self.told.values()
        if self.truth.switch.isChecked():
            values["scale"] = self.size_controls.scale
        else:
            values.update(self.size_controls.values())
        if model is not None:
            values["model"] = model.id
        return UpscaleSettings(**values)

    def stored(self) -> dict[str, Any]:
        """Return what the next start should find again."""
        values = {**self.size_controls.stored(), **self.truth.stored(), **self.look.values()}
        values |= self.machine.values() | self.told.stored()
        return values if self.picker.model is None else {**values, "model": self.picker.model.id}

    def restore(self, values: FormValues) -> None:
        model = values.get("model")
        self.picker.prefer(model if isinstance(model, str) else UpscaleSettings().model)
        for part in (self.size_controls, self.told, self.truth):
            part.restore(values)
        for form in (self.look, self.machine):
            form.set_values(values)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("settingsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Upscale")))
        for words, widget, is_folded in (
            (self.tr("Network"), self.picker, None),
            (self.tr("Size"), self.size_controls, None),
            (self.tr("Look"), self.look, None),
            (self.tr("Ground truth"), self.truth, None),
            (self.tr("Machine"), self.machine, True),
        ):
            section = Section(words, is_folded=is_folded)
            section.add(widget)
            column.addWidget(section)
            if widget is self.size_controls:
                column.addWidget(self.told)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)

    @Slot()
    def _on_network(self) -> None:
        model = self.picker.model
        if model is not None:
            with QSignalBlocker(self.size_controls):
                self.size_controls.set_scales(model.scales)
            self.told.offer(model.conditions)
        self._on_part()

    @Slot()
    def _on_part(self) -> None:
        self.picker.set_scale(self.size_controls.scale)
        self.changed.emit()
