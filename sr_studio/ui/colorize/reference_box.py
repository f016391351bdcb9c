"""Another photo, whose colours are taken: all of them, or one at a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.ui.qimage import to_qimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent, QPaintEvent

THUMBNAIL_PX = 480
_HEIGHT_PX = 150
_REACH_PX = 2  # around the place clicked, of the thumbnail


class ReferenceBox(QWidget):
    """Shows the reference.

    Signals:
        open_wanted: choose a photo.
        cleared: do without it.
        sampled: (a, b) the colour that was clicked.
    """

    open_wanted = Signal()
    cleared = Signal()
    sampled = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.open_button = QPushButton(self.tr("Choose a photo…"))
        self.clear_button = QPushButton(self.tr("Remove"))
        self.clear_button.setAccessibleName(self.tr("Remove the reference photo"))
        self.clear_button.setToolTip(self.tr("Does without the reference photo"))
        self.photo = _Photo()
        self._words = QLabel(
            self.tr(
                "A click on the photo gives the selected hint the colour of that place; without "
                "one, it comes to the recent colours."
            )
        )
        self._words.setObjectName("dimText")
        self._words.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.open_button, 1)
        row.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.photo)
        column.addWidget(self._words)
        self.open_button.clicked.connect(self.open_wanted)
        self.clear_button.clicked.connect(self.cleared)
        self.photo.sampled.connect(self.sampled)
        self.show_photo(None, "")

    def show_photo(self, thumbnail: NDArray[np.uint8] | None, title: str) -> None:
        """Show (h, w, 3) sRGB, or that there is none."""
        self.photo.set_pixels(thumbnail)
        self.photo.setToolTip(title)
        self.photo.setAccessibleName(self.tr("Reference photo: %1").replace("%1", title))
        for widget in (self.photo, self.clear_button, self._words):
            widget.setVisible(thumbnail is not None)


class _Photo(QWidget):
    """The photo, as large as there is room."""

    sampled = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_HEIGHT_PX)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._pixels: NDArray[np.uint8] | None = None
        self._pixmap = QPixmap()

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        self._pixels = pixels
        self._pixmap = QPixmap() if pixels is None else QPixmap.fromImage(to_qimage(pixels))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT_PX)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left, top, width, height = self._place()
        painter.drawPixmap(left, top, width, height, self._pixmap)
        painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        pixels = self._pixels
        if pixels is None:
            return
        left, top, width, height = self._place()
        x = int((event.position().x() - left) / width * pixels.shape[1])
        y = int((event.position().y() - top) / height * pixels.shape[0])
        if 0 <= x < pixels.shape[1] and 0 <= y < pixels.shape[0]:
            rows = slice(max(0, y - _REACH_PX), y + _REACH_PX + 1)
            columns = slice(max(0, x - _REACH_PX), x + _REACH_PX + 1)
            lab = rgb_to_lab(to_float(pixels[rows, columns, :3]))
            a, b = lab[..., 1:].mean((0, 1))
            self.sampled.emit(float(a), float(b))

    def _place(self) -> tuple[int, int, int, int]:
        """Return left, top, width and height of the photo in the widget."""
        scale = min(self.width() / self._pixmap.width(), self.height() / self._pixmap.height())
        width = max(1, round(self._pixmap.width() * scale))
        height = max(1, round(self._pixmap.height() * scale))
        return (self.width() - width) // 2, (self.height() - height) // 2, width, height
