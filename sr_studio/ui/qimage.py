"""Arrays to QImage, always by copy: a QImage over numpy's memory must not cross a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from sr_studio.imaging.pixel_source import DisplayPixels


def to_qimage(pixels: DisplayPixels) -> QImage:
    """Return a picture that owns its memory, in the format that Qt paints fastest.

    Args:
        pixels: (H, W, 3 or 4), sRGB, straight alpha. Any thread.
    """
    height, width, channels = pixels.shape
    pixels = np.ascontiguousarray(pixels)
    if channels == 4:
        given, painted = QImage.Format.Format_RGBA8888, QImage.Format.Format_ARGB32_Premultiplied
    else:
        given, painted = QImage.Format.Format_RGB888, QImage.Format.Format_RGB32
    # The conversion to another format is the copy.
    return QImage(pixels.data, width, height, channels * width, given).convertToFormat(painted)
