"""The curves of several fits in one plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.prior.fits_compared import FitsCompared
    from sr_studio.ui.theme import ThemeSwitch

_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


class FitsBoard(QWidget):
    """The losses over the iterations; lines differ in dashes as well as in colour.

    Args:
        theme: gives the colours.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("trainingBoard")
        self.setMinimumHeight(200)
        self._plot = pyqtgraph.PlotWidget(enableMenu=False)
        self._plot.setAccessibleName(self.tr("Loss over the iterations"))
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setLogMode(x=False, y=True)
        whole = self._plot.getPlotItem()
        whole.ctrlMenu.deleteLater()  # nobody would: it has no owner
        whole.ctrlMenu = None
        self._legend = whole.addLegend(offset=(16, -36))
        self._names: tuple[str, ...] = ()
        self._lines: list[pyqtgraph.PlotDataItem] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 8, 4)
        column.addWidget(self._plot)
        theme.changed.connect(self._use_look)
        self._use_look()

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, 260)

    def show_fits(self, found: FitsCompared, titles: Sequence[str]) -> None:
        """Draw their losses, under these titles."""
        if tuple(titles) != self._names:
            self._names = tuple(titles)
            for line in self._lines:
                self._plot.removeItem(line)
            self._lines = [self._plot.plot(name=title) for title in titles]
            self._use_look()
        iterations = np.arange(1, found.losses.shape[1] + 1)
        for line, losses in zip(self._lines, found.losses, strict=True):
            line.setData(iterations, np.maximum(losses, 1e-8))  # nought has no logarithm

    @Slot()
    def _use_look(self) -> None:
        look = self._theme.colours
        self._plot.setBackground(look.panel)
        for side, words in (("left", self.tr("Loss")), ("bottom", self.tr("Iteration"))):
            axis = self._plot.getAxis(side)
            axis.setPen(look.border)
            axis.setTextPen(look.dim)
            axis.setLabel(words, color=look.dim)
            axis.enableAutoSIPrefix(False)  # noqa: FBT003  # pyqtgraph's signature
        colours = (look.accent, look.good, look.warning, look.bad, look.text, look.dim)
        for index, line in enumerate(self._lines):
            # after the last colour they begin again, and the dashes with another one
            colour, turn = colours[index % len(colours)], index // len(colours)
            style = _STYLES[(index + turn) % len(_STYLES)]
            line.setPen(pyqtgraph.mkPen(colour, width=2, style=style))
        self._legend.setLabelTextColor(look.text)
