"""Masks as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, from_float
from sr_studio.imaging.mask_image import (
    coverage_of,
    mask_picture,
    transparent_pixels,
    with_mask_as_alpha,
)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_white_is_missing_in_every_depth(dtype: Any, channels: int) -> None:
    levels = np.linspace(0, 1, 20).reshape(4, 5, 1).repeat(channels, 2)
    found = coverage_of(ImageBuffer(from_float(levels, dtype)), 5, 4)
    np.testing.assert_array_equal(found, np.rint(levels[..., 0] * 255))


def test_a_mask_comes_back_from_a_picture_and_from_alpha() -> None:
    coverage = np.random.default_rng(0).integers(0, 256, (7, 9), dtype=np.uint8)
    np.testing.assert_array_equal(coverage_of(mask_picture(coverage), 9, 7), coverage)
    for dtype in (np.uint8, np.uint16, np.float32):
        image = with_mask_as_alpha(ImageBuffer(np.zeros((7, 9, 3), dtype)), coverage)
        np.testing.assert_array_equal(transparent_pixels(image), coverage)
        np.testing.assert_array_equal(coverage_of(image, 9, 7), coverage)
    assert transparent_pixels(mask_picture(coverage)) is None


def test_another_size_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="9 × 7, the picture 8 × 7"):
        coverage_of(mask_picture(np.zeros((7, 9), np.uint8)), 8, 7)
