"""Measures how soon a stroke of the mask is seen: `python -m sr_studio.ui.canvas.stroke_latency`.

A window of its own shows a picture of 48 megapixels; each event of the mouse is timed until the
canvas has painted what it changed. `sr-studio bench canvas` runs it, for only the window knows Qt.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.ui.canvas.compare_view import CompareView, Pane
from sr_studio.ui.canvas.mask_overlay import MaskLook
from sr_studio.ui.canvas.mask_tool import MaskTool

_PICTURE_PX = 8000, 6000
_WINDOW_PX = 1300, 760
_CASES = (60, 0.125), (400, 0.125), (1000, 0.125), (60, 1.0), (400, 1.0)  # diameter, zoom
_MOVES = 150
_PLAIN_MOVES = 25
_SETTLED_S = 0.3
_AT_MOST_S = 20.0
_LEFT = Qt.MouseButton.LeftButton


@dataclass(frozen=True, slots=True)
class StrokeLatency:
    """One brush at one zoom.

    Attributes:
        name: of both.
        median_ms: from an event to the end of its painting.
        slow_ms: that 19 of 20 events stay below.
        plain_ms: median where the whole of the canvas is painted again each time.
    """

    name: str
    median_ms: float
    slow_ms: float
    plain_ms: float


class _PaintCounter(QObject):
    """Counts the paintings of what it is installed on."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


class _Canvas:
    """A canvas with a mask and its tool, driven by events of the mouse."""

    def __init__(self) -> None:
        width, height = _PICTURE_PX
        shades = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
        self.view = CompareView()
        self.view.resize(*_WINDOW_PX)
        self.tool = MaskTool()
        self.tool.set_layer(MaskLayer(width, height), None)
        self.tool.repaint.connect(self.view.update_region)
        self.view.set_tool(self.tool)
        picture = ImageBuffer(np.repeat(shades[..., None], 3, axis=2))
        self.view.set_panes([Pane("48 megapixels", BufferSource(picture))])
        self.view.show()
        canvas = self.view.childAt(_WINDOW_PX[0] // 2, _WINDOW_PX[1] // 2)
        if canvas is None:
            raise RuntimeError("the canvas shows no picture")
        self._canvas = canvas
        self._paints = _PaintCounter()
        self._canvas.installEventFilter(self._paints)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is painted any more."""
        started_s = painted_s = time.monotonic()
        while painted_s - started_s < _AT_MOST_S and time.monotonic() - painted_s < _SETTLED_S:
            count = self._paints.count
            QApplication.processEvents()
            if self._paints.count != count:
                painted_s = time.monotonic()
            time.sleep(0.002)

    def stroke_ms(self, moves: int, *, is_plain: bool) -> list[float]:
        """Draw a spiral and return what each event took until it was seen."""
        middle = QPointF(_WINDOW_PX[0] / 2, _WINDOW_PX[1] / 2)
        self._send(QEvent.Type.MouseButtonPress, middle)
        taken = []
        for step in range(1, moves + 1):
            away = 40 + 180 * step / moves
            place = QPointF(
                middle.x() + away * math.cos(step / 5), middle.y() + away * math.sin(step / 5)
            )
            painted = self._paints.count
            started_s = time.perf_counter()
            self._send(QEvent.Type.MouseMove, place)
            if is_plain:
                self.tool.set_look(MaskLook())
            while self._paints.count == painted:
                QApplication.processEvents()
            taken.append(1000 * (time.perf_counter() - started_s))
        self._send(QEvent.Type.MouseButtonRelease, middle)
        self.settle()
        return taken

    def _send(self, kind: QEvent.Type, place: QPointF) -> None:
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(
            kind,
            place,
            self._canvas.mapToGlobal(place),
            none if kind == QEvent.Type.MouseMove else _LEFT,
            none if kind == QEvent.Type.MouseButtonRelease else _LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self._canvas, event)


def measure() -> list[StrokeLatency]:
    """Measure brushes with the whole picture in view and at 100 %."""
    canvas = _Canvas()
    found = []
    for diameter_px, zoom in _CASES:
        canvas.view.set_zoom(zoom)
        canvas.settle()
        canvas.tool.set_tip(diameter_px=diameter_px)
        taken = canvas.stroke_ms(_MOVES, is_plain=False)
        plain = canvas.stroke_ms(_PLAIN_MOVES, is_plain=True)
        found.append(
            StrokeLatency(
                f"brush of {diameter_px} px at {zoom:.1%}",
                statistics.median(taken),
                statistics.quantiles(taken, n=20)[-1],
                statistics.median(plain),
            )
        )
    canvas.view.close()
    return found


if __name__ == "__main__":
    application = QApplication([])
    sys.stdout.write(json.dumps([asdict(each) for each in measure()]) + "\n")
