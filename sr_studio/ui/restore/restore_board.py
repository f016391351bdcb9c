"""The curves of a restoration, and the slider over its moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from sr_studio.ui.durations import duration_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sr_studio.engines.prior.restoration import RestorePreview
    from sr_studio.ui.theme import Colours, ThemeSwitch

_LEAST_PX, _WANTED_PX = 180, 220
_MOST_POINTS = 1500  # more than a plot has columns


class RestoreBoard(QWidget):
    """Loss, variance and PSNR over the iterations, with the mark of the automatic stop.

    Signals:
        moment_wanted: (iteration) the slider asks for this kept moment; 0: the present one.
        keep_wanted: the moment that is shown is to be the picture's result.
        pin_wanted: it is to be a picture of the film strip of its own.
    """

    moment_wanted = Signal(int)
    keep_wanted = Signal()
    pin_wanted = Signal()

    def __init__(self, theme: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._moments: tuple[int, ...] = ()
        self._preview: RestorePreview | None = None
        self.setObjectName("trainingBoard")
        self.setMinimumHeight(_LEAST_PX)
        self.figures = QLabel()
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Moments of the run"))
        self.where = QLabel(self.tr("now"))
        self.where.setMinimumWidth(96)
        self.keep_button = QPushButton(self.tr("Keep this moment"))
        self.keep_button.setToolTip(self.tr("Make it the result, which Save writes"))
        self.pin_button = QPushButton(self.tr("Pin"))
        self.pin_button.setToolTip(self.tr("Put this moment into the film strip, to compare"))
        self._plots = {
            name: pyqtgraph.PlotWidget(enableMenu=False) for name in ("loss", "variance", "psnr")
        }
        self._lines = {
            name: pyqtgraph.PlotDataItem() for name in ("loss", "variance", "psnr", "average_psnr")
        }
        self._marks = {name: pyqtgraph.InfiniteLine(angle=90) for name in self._plots}
        self._cursors = {name: pyqtgraph.InfiniteLine(angle=90) for name in self._plots}
        for name, plot in self._plots.items():
            plot.setAccessibleName(name)
            plot.setMouseEnabled(x=False, y=False)
            plot.hideButtons()
            plot.setMinimumHeight(0)
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            whole = plot.getPlotItem()
            whole.ctrlMenu.deleteLater()  # nobody would: it has no owner
            whole.ctrlMenu = None
            plot.addItem(self._lines[name])
            plot.addItem(self._marks[name])
            plot.addItem(self._cursors[name])
            plot.setLogMode(x=False, y=name != "psnr")
        self._plots["psnr"].addItem(self._lines["average_psnr"])
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.keep_button.clicked.connect(self.keep_wanted)
        self.pin_button.clicked.connect(self.pin_wanted)
        theme.changed.connect(self._use_look)
        self._use_look()
        self.set_moments(())

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, _WANTED_PX)  # the plots would ask for more than the picture gets

    @property
    def iteration(self) -> int:
        """Which kept moment the slider is at; 0 at the present one."""
        place = self.slider.value()
        return self._moments[place] if place < len(self._moments) else 0

    def set_moments(self, moments: Sequence[int]) -> None:
        """Offer these; who looks at the present one goes on doing so."""
        shown = self.iteration
        self._moments = tuple(moments)
        self.slider.blockSignals(True)  # noqa: FBT003  Qt's signature
        self.slider.setRange(0, len(self._moments))
        later = [place for place, each in enumerate(self._moments) if each >= shown]
        self.slider.setValue(later[0] if shown and later else len(self._moments))
        self.slider.blockSignals(False)  # noqa: FBT003  Qt's signature
        self.slider.setEnabled(bool(self._moments))
        self._show_place()

    def show_now(self) -> None:
        """Go to the present moment."""
        self.slider.setValue(len(self._moments))

    def show_preview(self, preview: RestorePreview, pace: float, *, has_truth: bool) -> None:
        """Draw what the run tells.

        Args:
            preview: its newest.
            pace: iterations a second, 0 where unknown.
            has_truth: whether PSNR is known.
        """
        self._preview = preview
        self._plots["psnr"].setVisible(has_truth)
        values = preview.curves.values
        if not len(values):
            return
        iterations = (np.arange(len(values)) + 1) / preview.curves.windows
        step = max(len(values) // _MOST_POINTS, 1)
        for name, line in self._lines.items():
            column = preview.curves.column(name)
            known = np.isfinite(column) & (np.arange(len(column)) % step == 0)
            if name in ("loss", "variance"):
                known &= column > 0  # what is nought has no logarithm
            line.setData(iterations[known], column[known])
            if name == "variance":  # it is not known before its window is full
                self._plots[name].setVisible(bool(known.any()))
        for mark in self._marks.values():
            mark.setVisible(preview.best_iteration > 0)
            mark.setValue(preview.best_iteration)
        self.figures.setText(self._words(preview, pace, has_truth=has_truth))

    def _words(self, preview: RestorePreview, pace: float, *, has_truth: bool) -> str:
        parts = [self.tr("Iteration %1").replace("%1", f"{preview.iteration:,}")]
        if pace >= 1:
            parts.append(self.tr("%1 a second").replace("%1", f"{pace:.1f}"))
        elif pace > 0:
            words = self.tr("one in %1")
            parts.append(
                words.replace(
                    "%1", duration_in_words(1 / pace) if pace < 0.1 else f"{1 / pace:.1f} s"
                )
            )
        if preview.best_iteration:
            words = self.tr("steadiest at %1")
            parts.append(words.replace("%1", f"{preview.best_iteration:,}"))
        if has_truth:
            last = _last(preview.curves.column("average_psnr"))
            best = np.nanmax(preview.curves.values[:, 2:]) if last is not None else None
            if last is not None and best is not None:
                words = self.tr("%1 dB, best so far %2 dB").replace("%1", f"{last:.2f}")
                parts.append(words.replace("%2", f"{best:.2f}"))
        return " · ".join(parts)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        head.addWidget(self.figures, 1)
        plots = QHBoxLayout()
        plots.setContentsMargins(4, 0, 8, 0)
        plots.setSpacing(4)
        for plot in self._plots.values():
            plots.addWidget(plot)
        travel = QHBoxLayout()
        travel.setContentsMargins(12, 0, 12, 8)
        travel.setSpacing(8)
        label = QLabel(self.tr("&Moment"))
        label.setBuddy(self.slider)
        travel.addWidget(label)
        travel.addWidget(self.slider, 1)
        travel.addWidget(self.where)
        travel.addWidget(self.pin_button)
        travel.addWidget(self.keep_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(plots, 1)
        column.addLayout(travel)

    @Slot(int)
    def _on_slider(self, _place: int) -> None:
        self._show_place()
        self.moment_wanted.emit(self.iteration)

    def _show_place(self) -> None:
        iteration = self.iteration
        self.where.setText(
            self.tr("iteration %1").replace("%1", f"{iteration:,}") if iteration else self.tr("now")
        )
        for cursor in self._cursors.values():
            cursor.setVisible(iteration > 0)
            cursor.setValue(iteration)

    @Slot()
    def _use_look(self) -> None:
        look: Colours = self._theme.colours
        titles = {
            "loss": self.tr("Loss"),
            "variance": self.tr("Variance"),
            "psnr": self.tr("PSNR / dB"),
        }
        for name, plot in self._plots.items():
            plot.setBackground(look.panel)
            for side, words in (("left", titles[name]), ("bottom", self.tr("Iteration"))):
                axis = plot.getAxis(side)
                axis.setPen(look.border)
                axis.setTextPen(look.dim)
                axis.setLabel(words, color=look.dim)
                axis.enableAutoSIPrefix(False)  # noqa: FBT003  # pyqtgraph's signature
        for name, line in self._lines.items():
            colour = look.dim if name == "psnr" else look.accent
            line.setPen(pyqtgraph.mkPen(colour, width=2))
        dashes = pyqtgraph.mkPen(look.warning, width=1.5, style=Qt.PenStyle.DashLine)
        for mark in self._marks.values():
            mark.setPen(dashes)
        for cursor in self._cursors.values():
            cursor.setPen(pyqtgraph.mkPen(look.text, width=1))


def _last(column: NDArray[np.float32]) -> float | None:
    known = column[np.isfinite(column)]
    return float(known[-1]) if len(known) else None
