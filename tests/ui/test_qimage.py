from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage

from sr_studio.ui.qimage import to_qimage


def test_colours_stay_as_they_are():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = to_qimage(pixels)
    assert (image.width(), image.height()) == (7, 5)
    assert image.format() == QImage.Format.Format_RGB32
    for y in range(5):
        for x in range(7):
            assert image.pixelColor(x, y) == QColor(*pixels[y, x].tolist())


def test_alpha_stays_straight_for_the_reader():
    pixels = np.array([[[200, 100, 50, 255], [200, 100, 50, 0], [255, 255, 255, 128]]], np.uint8)
    image = to_qimage(pixels)
    assert image.hasAlphaChannel()
    assert image.pixelColor(0, 0) == QColor(200, 100, 50)
    assert image.pixelColor(1, 0).alpha() == 0
    assert image.pixelColor(2, 0) == QColor(255, 255, 255, 128)


def test_the_image_owns_its_memory():
    pixels = np.zeros((4, 4, 3), np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 255
    del pixels
    assert image.pixelColor(1, 1) == QColor(0, 0, 0)


def test_a_view_into_a_larger_array_is_read_right():
    pixels = np.random.default_rng(1).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    assert to_qimage(pixels[2:7:2, 1:8:3]).pixelColor(1, 2) == QColor(*pixels[6, 4].tolist())
