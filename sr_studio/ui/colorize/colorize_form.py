"""The settings of the Colorize panel: how colours are found, and the hints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from sr_studio.tasks._colorize_pictures import ColorizeSettings
from sr_studio.ui.colorize.colour_controls import ColourControls
from sr_studio.ui.colorize.hint_controls import HintControls
from sr_studio.ui.colorize.reference_box import ReferenceBox
from sr_studio.ui.forms.field_label import FieldLabel
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.section import Section, panel_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.settings import FormValues
    from sr_studio.tasks.models import ModelInfo
    from sr_studio.ui.canvas.hint_tool import HintTool


class ColorizeForm(QScrollArea):
    """Lays out the method, the colours of the network, the hints and their colours.

    Signals:
        changed: the settings are others now.
        view_changed: what is shown beside the picture is another.
    """

    changed = Signal()
    view_changed = Signal()

    def __init__(self, tool: HintTool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hints = HintControls(tool)
        self.colours = ColourControls()
        self.reference = ReferenceBox()
        self.how = RequestForm(
            ColorizeSettings,
            ("method",),
            titles={"method": self.tr("Method")},
            words={
                "method": {
                    "network": self.tr("Network: learned colours"),
                    "levin": self.tr("Hints alone, spread (Levin)"),
                    "welsh": self.tr("Reference photo, matched (Welsh)"),
                    "histogram": self.tr("Reference photo, by lightness"),
                }
            },
        )
        self.network_box = QComboBox()
        self.network_box.setAccessibleName(self.tr("Network"))
        self.network_label = FieldLabel(self.tr("Network"))
        self.network_label.setBuddy(self.network_box)
        self.kind = RequestForm(
            ColorizeSettings,
            ("colours",),
            titles={"colours": self.tr("Look")},
            words={
                "colours": {
                    "natural": self.tr("Natural: pale where unsure"),
                    "vivid": self.tr("Vivid: the likely colours"),
                }
            },
        )
        self.vivid = RequestForm(
            ColorizeSettings,
            ("temperature",),
            titles={"temperature": self.tr("Temperature: bold to careful")},
        )
        self.strength = RequestForm(ColorizeSettings, ("saturation",))
        self.fine = RequestForm(
            ColorizeSettings,
            ("working_px", "device"),
            titles={"working_px": self.tr("Working size")},
        )
        self.unsure_box = QCheckBox(self.tr("Show where the network is unsure"))
        self._wanted_network = ""
        page = QWidget()
        page.setObjectName("settingsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Colorize")))
        parts: tuple[tuple[str, bool | None, tuple[QWidget, ...]], ...] = (
            (
                self.tr("Colours"),
                None,
                (
                    self.how,
                    self.network_label,
                    self.network_box,
                    self.kind,
                    self.vivid,
                    self.strength,
                ),
            ),
            (self.tr("Colour hints"), None, (self.hints, self.colours)),
            (self.tr("Reference photo"), False, (self.reference,)),
            (self.tr("More"), True, (self.hints.rest, self.unsure_box, self.fine)),
        )
        for title, is_folded, widgets in parts:
            section = Section(title, is_folded=is_folded)
            for widget in widgets:
                section.add(widget)
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for form in (self.how, self.kind):
            form.changed.connect(self._on_kind)
        for form in (self.vivid, self.strength, self.fine):
            form.changed.connect(self.changed)
        self.network_box.currentIndexChanged.connect(self._on_network)
        self.unsure_box.toggled.connect(self.view_changed)
        self._on_kind()

    def settings(self) -> ColorizeSettings:
        """Return what the widgets say."""
        return ColorizeSettings(**self._values(), network=self.network_box.currentData())

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer the colorizers whose weights are here; the choice stays."""
        wanted = self._wanted_network or self.network_box.currentData()
        self._wanted_network = wanted or ""  # it may come back
        ready = [model for model in models if model.task == "colorize" and model.can_run]
        with QSignalBlocker(self.network_box):
            self.network_box.clear()
            for model in ready:
                self.network_box.addItem(model.title, model.id)
            self._choose_wanted()
        self._on_kind()

    def prefer(self, model: str) -> None:
        """Choose this network, now or when the networks are listed."""
        self.how.set_values({"method": "network"})
        self._wanted_network = model
        index = self.network_box.findData(model)
        if index >= 0:
            self.network_box.setCurrentIndex(index)
        self._on_kind()

    def stored(self) -> dict[str, Any]:
        return {
            **self._values(),
            "network": self._wanted_network or self.network_box.currentData() or "",
        }

    def restore(self, values: FormValues) -> None:
        for form in (self.how, self.kind, self.vivid, self.strength, self.fine):
            form.set_values(values)
        self._wanted_network = str(values.get("network") or "")
        with QSignalBlocker(self.network_box):
            self._choose_wanted()
        self._on_kind()

    def _choose_wanted(self) -> None:
        self.network_box.setCurrentIndex(max(0, self.network_box.findData(self._wanted_network)))

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for form in (self.how, self.kind, self.vivid, self.strength, self.fine):
            values |= form.values()
        return values

    @Slot()
    def _on_network(self) -> None:
        self._wanted_network = ""
        self.changed.emit()

    @Slot()
    def _on_kind(self) -> None:
        has_network = self.how.values()["method"] == "network"
        is_vivid = self.kind.values()["colours"] == "vivid"
        has_choice = has_network and self.network_box.count() > 1
        self.network_label.setVisible(has_choice)
        self.network_box.setVisible(has_choice)
        self.kind.setVisible(has_network)
        self.vivid.setVisible(has_network and is_vivid)
        self.unsure_box.setEnabled(has_network)
        self.changed.emit()
