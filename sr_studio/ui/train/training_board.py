"""The curves and figures of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sr_studio.ui.train.smooth_curve import smooth_curve
from sr_studio.ui.train.validation_panes import baseline_words

if TYPE_CHECKING:
    from sr_studio.engines.training.preview import TrainingPreview
    from sr_studio.ui.theme import Colours, ThemeSwitch

_LEAST_PX = 200
_FEW_POINTS = 3  # smoothing needs more


class TrainingBoard(QWidget):
    """Loss and validation PSNR over the steps, and where the training stands.

    The loss is drawn as faint points and a smooth line, the PSNR beside the level of the baseline
    interpolation. Both colours differ in lightness, too.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._preview: TrainingPreview | None = None
        self.setObjectName("trainingBoard")
        self.setMinimumHeight(_LEAST_PX)
        self.figures = QLabel()
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.log_switch = QCheckBox(self.tr("Logarithmic loss"))
        self._loss = pyqtgraph.PlotWidget(enableMenu=False)
        self._loss.setAccessibleName(self.tr("Loss over the steps"))
        self._psnr = pyqtgraph.PlotWidget(enableMenu=False)
        self._psnr.setAccessibleName(self.tr("PSNR over the steps"))
        self._points = pyqtgraph.PlotDataItem()
        self._line = pyqtgraph.PlotDataItem()
        self._measured = pyqtgraph.PlotDataItem()
        self._baseline = pyqtgraph.InfiniteLine(angle=0)
        self._baseline_label = pyqtgraph.InfLineLabel(
            self._baseline, "", position=0.9, anchors=[(1, 1), (1, 1)]
        )
        for plot, items in (
            (self._loss, (self._points, self._line)),
            (self._psnr, (self._measured, self._baseline)),
        ):
            plot.setMouseEnabled(x=False, y=False)
            plot.hideButtons()
            whole = plot.getPlotItem()
            whole.ctrlMenu.deleteLater()  # nobody would: it has no owner
            whole.ctrlMenu = None
            for item in items:
                plot.addItem(item)
        self._lay_out()
        self.log_switch.toggled.connect(self._draw)
        theme.changed.connect(self._use_look)
        self._use_look()

    def show_preview(self, preview: TrainingPreview) -> None:
        """Draw what the training tells."""
        self._preview = preview
        self.figures.setText(self._words(preview))
        self._draw()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        head.addWidget(self.figures, 1)
        head.addWidget(self.log_switch)
        plots = QHBoxLayout()
        plots.setContentsMargins(4, 0, 8, 4)
        plots.setSpacing(4)
        plots.addWidget(self._loss)
        plots.addWidget(self._psnr)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(plots, 1)

    def _words(self, preview: TrainingPreview) -> str:
        step = f"{preview.step:,}"
        if preview.steps is not None:
            step = self.tr("%1 of %2").replace("%1", step).replace("%2", f"{preview.steps:,}")
        parts = [self.tr("Step %1").replace("%1", step)]
        if preview.best_psnr is not None:
            best = self.tr("best %1 dB").replace("%1", f"{preview.best_psnr:.2f}")
            if preview.baseline_psnr is not None:
                words = self.tr(" (%2 %1 dB)").replace("%1", f"{preview.baseline_psnr:.2f}")
                best += words.replace("%2", baseline_words(preview.baseline_name))
            parts.append(best)
        parts.append(self.tr("%1 images/s").replace("%1", f"{preview.images_per_s:.0f}"))
        parts.append(
            self.tr("%1 % waiting for data").replace("%1", f"{preview.data_wait:.0%}"[:-1])
        )
        return " · ".join(parts)

    @Slot()
    def _draw(self) -> None:
        preview = self._preview
        if preview is None:
            return
        is_log = self.log_switch.isChecked()
        self._loss.setLogMode(x=False, y=is_log)
        steps, losses = preview.losses[:, 0], preview.losses[:, 1]
        if is_log:  # what is nought has no logarithm
            losses = np.maximum(losses, 1e-8)
        self._points.setData(steps, losses)
        smooth = smooth_curve(losses) if len(losses) > _FEW_POINTS else losses
        self._line.setData(steps, smooth)
        self._measured.setData(preview.psnrs[:, 0], preview.psnrs[:, 1])
        is_known = preview.baseline_psnr is not None
        self._baseline.setVisible(is_known)
        if preview.baseline_psnr is not None:
            self._baseline.setValue(preview.baseline_psnr)
            self._baseline_label.setText(baseline_words(preview.baseline_name))
            levels = [preview.baseline_psnr, *preview.psnrs[:, 1].tolist()]
            margin = 0.1 * (max(levels) - min(levels)) + 0.05
            self._psnr.setYRange(min(levels) - margin, max(levels) + margin, padding=0)

    @Slot()
    def _use_look(self) -> None:
        look: Colours = self._theme.colours
        for plot, left in ((self._loss, self.tr("Loss")), (self._psnr, self.tr("PSNR / dB"))):
            plot.setBackground(look.panel)
            for side, words in (("left", left), ("bottom", self.tr("Step"))):
                axis = plot.getAxis(side)
                axis.setPen(look.border)
                axis.setTextPen(look.dim)
                axis.setLabel(words, color=look.dim)
                axis.enableAutoSIPrefix(False)  # noqa: FBT003  # pyqtgraph's signature
        faint = pyqtgraph.mkColor(look.accent)
        faint.setAlpha(70)
        self._points.setPen(None)
        self._points.setSymbol("o")
        self._points.setSymbolSize(3)
        self._points.setSymbolPen(None)
        self._points.setSymbolBrush(faint)
        self._line.setPen(pyqtgraph.mkPen(look.accent, width=2))
        self._measured.setPen(pyqtgraph.mkPen(look.accent, width=2))
        self._measured.setSymbol("o")
        self._measured.setSymbolSize(6)
        self._measured.setSymbolPen(None)
        self._measured.setSymbolBrush(look.accent)
        dashes = pyqtgraph.mkPen(look.warning, width=1.5, style=Qt.PenStyle.DashLine)
        self._baseline.setPen(dashes)
        self._baseline_label.setColor(look.warning)
