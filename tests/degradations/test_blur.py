from __future__ import annotations

import numpy as np
import pytest

from sr_studio.degradations.blur import blur


def test_blur_spreads_a_point_as_wide_as_its_sigma() -> None:
    point = np.zeros((61, 61, 3), np.float32)
    point[30, 30] = 1
    blurred = blur(point, 3.0)
    assert blurred.sum(axis=(0, 1)) == pytest.approx([1, 1, 1], abs=1e-4)
    variance = (blurred[..., 0].sum(axis=0) * (np.arange(61) - 30) ** 2).sum()
    assert np.sqrt(variance) == pytest.approx(3, abs=0.02)


def test_blur_keeps_flat_pictures_and_channels_apart() -> None:
    pixels = np.zeros((9, 7, 3), np.float32)
    pixels[..., 1] = 0.5
    np.testing.assert_allclose(blur(pixels, 2.0), pixels, atol=1e-6)
