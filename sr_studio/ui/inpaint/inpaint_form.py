"""The settings of the Inpaint panel: the mask above, the filling below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from sr_studio.tasks._inpaint_pictures import InpaintSettings
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.inpaint.find_controls import FindControls
from sr_studio.ui.inpaint.mask_controls import MaskControls
from sr_studio.ui.inpaint.mask_look_controls import MaskLookControls
from sr_studio.ui.section import Section, panel_title

if TYPE_CHECKING:
    from sr_studio.settings import FormValues
    from sr_studio.ui.canvas.mask_tool import MaskTool


class InpaintForm(QScrollArea):
    """Lays out what makes the mask, how it is seen, and how it is filled.

    Signals:
        changed: the settings of the filling are others now.
    """

    changed = Signal()

    def __init__(self, tool: MaskTool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls = MaskControls(tool)
        self.finding = FindControls()
        self.look = MaskLookControls()
        self.how = RequestForm(
            InpaintSettings,
            ("method", "feather_px"),
            titles={"method": self.tr("Method"), "feather_px": self.tr("Soft seam")},
            words={
                "method": {
                    "exemplar": self.tr("Texture from the picture"),
                    "telea": self.tr("Telea: smooth, at once"),
                    "navier-stokes": self.tr("Navier-Stokes: smooth, at once"),
                    "biharmonic": self.tr("Biharmonic: small holes"),
                    "network": self.tr("Imported network, such as LaMa"),
                    "deep": self.tr("Deep Image Prior"),
                }
            },
        )
        self.deep = RequestForm(
            InpaintSettings,
            ("warm_start", "quality", "iterations", "device"),
            titles={"warm_start": self.tr("Begin with texture from the picture")},
            words={
                "quality": {
                    "quick": self.tr("Quick: seconds to minutes"),
                    "best": self.tr("Best: minutes to hours"),
                    "paper": self.tr("As published: hours"),
                }
            },
        )
        self.preview_box = QCheckBox(self.tr("Preview while brushing"))
        self.preview_box.setToolTip(self.tr("Small holes, by the methods without a network"))
        self.preview_box.setChecked(True)
        page = QWidget()
        page.setObjectName("settingsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Inpaint")))
        parts: tuple[tuple[str, bool | None, tuple[QWidget, ...]], ...] = (
            (self.tr("Mask"), None, (self.controls,)),
            (self.tr("Find damage, mask files"), False, (self.finding,)),
            (self.tr("How the mask is shown"), True, (self.look,)),
            (self.tr("Fill"), None, (self.how, self.deep, self.preview_box)),
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
        self.how.changed.connect(self._on_how)
        self.deep.changed.connect(self.changed)
        self.preview_box.toggled.connect(self.changed)
        self._on_how()

    def settings(self) -> InpaintSettings:
        """Return what the widgets say."""
        values: dict[str, Any] = {**self.how.values(), **self.deep.values()}
        return InpaintSettings(**values)

    def stored(self) -> dict[str, Any]:
        return {
            **self.how.values(),
            **self.deep.values(),
            **self.look.stored(),
            "has_preview": self.preview_box.isChecked(),
        }

    def restore(self, values: FormValues) -> None:
        self.how.set_values(values)
        self.deep.set_values(values)
        self.look.restore(values)
        self.preview_box.setChecked(values.get("has_preview", True) is not False)

    @Slot()
    def _on_how(self) -> None:
        is_deep = self.how.values()["method"] == "deep"
        self.deep.setVisible(is_deep)
        self.preview_box.setDisabled(is_deep)
        self.changed.emit()
