"""The mask as it is seen over the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.ui.canvas.view_transform import ViewTransform

MaskShow = Literal["both", "mask", "picture"]


@dataclass(frozen=True, slots=True)
class MaskLook:
    """How a mask is shown.

    Attributes:
        colour: RGB, of what is missing.
        opacity: of the colour, from 0 to 1.
        is_hatched: lines are drawn over it, for who does not see the colour.
        show: the mask over the picture, the mask alone in black and white, or the picture alone.
    """

    colour: tuple[int, int, int] = (255, 60, 60)
    opacity: float = 0.55
    is_hatched: bool = False
    show: MaskShow = "both"


class MaskOverlay:
    """Draws a mask, and draws again only what is another: of 48 megapixels some hundred matter.

    Args:
        coverage: (H, W) uint8, a live view: 255 missing, 0 known.
    """

    def __init__(self, coverage: NDArray[np.uint8]) -> None:
        self._coverage = coverage
        self._look = MaskLook()
        self._table = _colours(self._look)
        self._image = QImage()
        self._view: ViewTransform | None = None

    @property
    def look(self) -> MaskLook:
        return self._look

    def set_look(self, look: MaskLook) -> None:
        self._look, self._table = look, _colours(look)
        self._view = None

    def mark(self, region: Region) -> None:
        """The mask is another there."""
        if self._view is not None and not region.is_empty:
            self._render(self._view, region)

    def paint(self, painter: QPainter, view: ViewTransform, exposed: QRect) -> None:
        """Draw the part in view; see CanvasTool.paint."""
        if self._look.show == "picture" or self._coverage.shape != _shape(view):
            return
        if view != self._view:
            self._view = view
            self._image = QImage(
                view.view_width, view.view_height, QImage.Format.Format_ARGB32_Premultiplied
            )
            self._image.fill(Qt.GlobalColor.transparent)
            self._render(view, view.visible)
        painter.drawImage(exposed, self._image, exposed)

    def _render(self, view: ViewTransform, region: Region) -> None:
        """Draw a part of the mask into the image of the view."""
        step = view.step
        seen = _snapped(region.intersect(view.visible).grow(2), step, view)
        if seen.is_empty:
            return
        reduced = _reduced(self._coverage[seen.slices], step)
        argb = self._table[reduced]
        height, width = argb.shape
        source = QImage(argb.data, width, height, 4 * width, _FORMAT)
        corner = QPoint(*map(math.floor, view.to_view(seen.x, seen.y)))
        end = QPoint(*map(math.ceil, view.to_view(seen.right, seen.bottom)))
        painter = QPainter(self._image)
        painter.setClipRect(QRect(corner, end))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        factor = view.zoom * step
        painter.translate(*view.to_view(seen.x, seen.y))
        painter.scale(factor, factor)
        painter.drawImage(QRectF(0, 0, width, height), source, QRectF(0, 0, width, height))
        if self._look.is_hatched and self._look.show == "both":
            painter.resetTransform()
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceAtop)
            painter.fillRect(
                QRect(corner, end), QBrush(QColor(255, 255, 255), Qt.BrushStyle.BDiagPattern)
            )
        painter.end()


_FORMAT = QImage.Format.Format_ARGB32_Premultiplied


def _colours(look: MaskLook) -> NDArray[np.uint32]:
    """Return the premultiplied ARGB of every coverage."""
    grays = np.arange(256)
    if look.show == "mask":
        return _packed(np.full(256, 255), grays, grays, grays)
    # a thin scratch covers little of a reduced pixel and must be seen all the same
    alpha = np.sqrt(grays / 255) * look.opacity
    return _packed(255 * alpha, *(value * alpha for value in look.colour))


def _packed(*planes: NDArray[Any]) -> NDArray[np.uint32]:
    """Return 0xAARRGGBB of the planes alpha, red, green and blue."""
    a, r, g, b = (np.rint(plane).astype(np.uint32) for plane in planes)
    return np.asarray(a << 24 | r << 16 | g << 8 | b, np.uint32)


def _shape(view: ViewTransform) -> tuple[int, int]:
    return view.picture_height, view.picture_width


def _snapped(region: Region, step: int, view: ViewTransform) -> Region:
    """Return the region grown to whole reduced pixels, within the picture."""
    x, y = region.x // step * step, region.y // step * step
    right, bottom = -(-region.right // step) * step, -(-region.bottom // step) * step
    return Region(x, y, right - x, bottom - y).intersect(
        Region(0, 0, view.picture_width, view.picture_height)
    )


def _reduced(coverage: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return the mean of every step x step pixels; edge pixels are repeated to fill the last."""
    if step == 1:
        return coverage
    import cv2  # a quarter of a second that the window's start saves

    height, width = coverage.shape
    if height % step or width % step:
        beyond = (0, -height % step, 0, -width % step)
        coverage = np.asarray(cv2.copyMakeBorder(coverage, *beyond, cv2.BORDER_REPLICATE), np.uint8)
    size = -(-width // step), -(-height // step)
    return np.asarray(cv2.resize(coverage, size, interpolation=cv2.INTER_AREA), np.uint8)
