"""Several curves in one plot: how soon networks learn pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sr_studio.ui.theme import ThemeSwitch

_MOST_POINTS = 1500  # more than a plot has columns
_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


class LossBoard(QWidget):
    """The losses over the iterations; lines differ in dashes as well as in colour.

    Args:
        theme: gives the colours.
    """

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("trainingBoard")
        self.setMinimumHeight(160)
        self.setMaximumHeight(260)  # the pictures need the room
        self._plot = pyqtgraph.PlotWidget(enableMenu=False)
        self._plot.setAccessibleName(self.tr("Loss over the iterations"))
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setLogMode(x=False, y=True)
        whole = self._plot.getPlotItem()
        whole.ctrlMenu.deleteLater()  # nobody would: it has no owner
        whole.ctrlMenu = None
        self._legend = whole.addLegend(offset=(-16, 8), colCount=2, verSpacing=-4)
        self._names: tuple[str, ...] = ()
        self._lines: list[pyqtgraph.PlotDataItem] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 8, 4)
        column.addWidget(self._plot)
        theme.changed.connect(self._use_look)
        self._use_look()

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, 220)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the curves that are shown."""
        return self._names

    def show_losses(self, curves: Sequence[tuple[str, NDArray[np.float32]]]) -> None:
        """Draw these.

        Args:
            curves: a name and (iterations,) losses each.
        """
        names = tuple(name for name, _ in curves)
        if names != self._names:
            self._names = names
            self._legend.clear()
            for line in self._lines:
                self._plot.removeItem(line)
            self._lines = [self._plot.plot(name=name) for name in names]
            self._use_look()
        for line, (_, losses) in zip(self._lines, curves, strict=True):
            step = max(len(losses) // _MOST_POINTS, 1)
            shown = losses[::step]
            known = np.isfinite(shown)
            iterations = np.arange(len(shown))[known] * step + 1
            line.setData(iterations, np.maximum(shown[known], 1e-8))  # nought has no logarithm

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
            colour, style = colours[index % len(colours)], _STYLES[index % len(_STYLES)]
            line.setPen(pyqtgraph.mkPen(colour, width=2, style=style))
        self._legend.setLabelTextColor(look.text)
        self._legend.setBrush(pyqtgraph.mkBrush(look.panel))  # curves pass under it
        for _, label in self._legend.items:
            label.setText(label.text, color=look.text)
