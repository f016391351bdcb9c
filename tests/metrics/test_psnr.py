from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from sr_studio.metrics.psnr import psnr


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_equals_a_second_implementation(dtype: type, white: int) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, white + 1, (301, 203, 3)).astype(dtype) for _ in range(2))
    assert psnr(a, b, white=white) == pytest.approx(peak_signal_noise_ratio(a, b), abs=1e-9)


def test_a_tenth_of_white_is_twenty_decibels() -> None:
    a = np.full((5, 4), 0.5, np.float64)
    assert psnr(a, a + 0.1, white=1.0) == pytest.approx(20)


def test_equal_pictures_are_infinitely_close() -> None:
    a = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert psnr(a, a.copy(), white=255) == math.inf


def test_small_integers_do_not_wrap_around() -> None:
    low, high = np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8)
    assert psnr(low, high, white=255) == psnr(high, low, white=255) == 0


@pytest.mark.parametrize("shapes", [((3, 4), (4, 3)), ((0, 4), (0, 4)), ((3, 4, 3), (3, 4, 1))])
def test_different_or_empty_shapes_are_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="one size"):
        psnr(np.zeros(shapes[0]), np.zeros(shapes[1]), white=1.0)
