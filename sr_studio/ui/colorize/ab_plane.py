"""The colours that a screen can show at one lightness, to choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from sr_studio.imaging.lab import is_showable, lab_to_rgb
from sr_studio.ui.qimage import to_qimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

_MOST_AB = 110.0
_CELLS = 111  # of the picture of the plane, a side
_STEP_AB = 2.0  # of an arrow key
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class AbPlane(QWidget):
    """The ab plane of CIE Lab, a to the right and b upwards, without what cannot be shown.

    Signals:
        chosen: (a, b) while the mouse is dragged, too.
        settled: the mouse was let go, or a key pressed.
    """

    chosen = Signal(float, float)
    settled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Colours of this lightness"))
        self.setToolTip(self.tr("Click or drag; or the arrow keys"))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._lightness = 60.0
        self._image: QImage | None = None
        self._ab: tuple[float, float] | None = None
        self._likely: tuple[tuple[float, float], ...] = ()

    def show_colours(
        self,
        lightness: float,
        ab: tuple[float, float] | None,
        likely: Sequence[tuple[float, float]],
    ) -> None:
        """Show the plane at this L, with a mark at a colour and rings at what is likely."""
        if abs(lightness - self._lightness) >= 0.5:
            self._lightness, self._image = lightness, None
        self._ab, self._likely = ab, tuple(likely)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(220, 180)

    @override
    def heightForWidth(self, width: int) -> int:
        return min(width, 190)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None:
            self._image = _plane(self._lightness)
        square = self._square
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        painter.drawImage(square, self._image)
        axis = QPen(self.palette().mid().color(), 1.0)
        painter.setPen(axis)
        painter.drawLine(self._place((-_MOST_AB, 0)), self._place((_MOST_AB, 0)))
        painter.drawLine(self._place((0, -_MOST_AB)), self._place((0, _MOST_AB)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ab in self._likely:
            painter.setPen(QPen(QColor(255, 255, 255), 1.5))
            painter.drawEllipse(self._place(ab), 4, 4)
        if self._ab is not None:
            for colour, width in ((QColor(0, 0, 0), 4.0), (QColor(255, 255, 255), 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(self._place(self._ab), 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 1.5))
            painter.drawRoundedRect(square.adjusted(1, 1, -1, -1), 3, 3)
        painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.settled.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or self._ab is None:
            super().keyPressEvent(event)
            return
        self._take(self._ab[0] + step[0] * _STEP_AB, self._ab[1] + step[1] * _STEP_AB)
        self.settled.emit()

    @property
    def _square(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, 0, side, side)

    def _place(self, ab: tuple[float, float]) -> QPointF:
        square = self._square
        scale = square.width() / (2 * _MOST_AB)
        return square.center() + QPointF(ab[0] * scale, -ab[1] * scale)

    def _choose(self, place: QPointF) -> None:
        square = self._square
        scale = 2 * _MOST_AB / square.width()
        offset = place - square.center()
        self._take(offset.x() * scale, -offset.y() * scale)

    def _take(self, a: float, b: float) -> None:
        """Choose this colour, or as much of it as can be shown."""
        shares = np.linspace(0, 1, 61)
        ab = shares[:, None] * np.array([a, b])
        lab = np.concatenate([np.full((61, 1), self._lightness), ab], 1).astype(np.float32)
        a, b = ab[np.flatnonzero(is_showable(lab)).max(initial=0)]
        self.chosen.emit(float(a), float(b))


def _plane(lightness: float) -> QImage:
    """Return the plane, transparent where nothing can be shown."""
    axis = np.linspace(-_MOST_AB, _MOST_AB, _CELLS, dtype=np.float32)
    a, b = np.meshgrid(axis, axis[::-1])
    lab = np.stack([np.full_like(a, lightness), a, b], -1)
    rgb = np.rint(lab_to_rgb(lab) * 255).astype(np.uint8)
    alpha = np.where(is_showable(lab), 255, 0).astype(np.uint8)
    return to_qimage(np.concatenate([rgb, alpha[..., None]], -1))
