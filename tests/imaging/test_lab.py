from __future__ import annotations

import numpy as np
from skimage.color import rgb2lab

from sr_studio.imaging.lab import lab_to_rgb, rgb_to_lab


def test_lab_is_that_of_a_second_implementation() -> None:
    rgb = np.random.default_rng(0).random((40, 50, 3)).astype(np.float32)
    assert np.abs(rgb_to_lab(rgb) - rgb2lab(rgb)).max() < 0.02


def test_the_way_back_returns_the_picture() -> None:
    rgb = np.random.default_rng(1).random((40, 50, 3)).astype(np.float32)
    assert np.abs(lab_to_rgb(rgb_to_lab(rgb)) - rgb).max() < 1e-3
