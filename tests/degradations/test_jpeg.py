from __future__ import annotations

import numpy as np
import pytest

from sr_studio.degradations.jpeg import compress_as_jpeg
from sr_studio.errors import SrStudioError


@pytest.mark.parametrize("channels", [1, 3])
def test_lower_jpeg_quality_loses_more(channels: int) -> None:
    y, x = np.mgrid[:64, :80]
    pixels = (127 + 100 * np.sin(x / 5) * np.cos(y / 7))[..., None].astype(np.uint8)
    pixels = np.repeat(pixels, channels, axis=2)
    losses = []
    for quality in (95, 50, 5):
        packed = compress_as_jpeg(pixels, quality)
        assert packed.shape == pixels.shape
        assert packed.dtype == np.uint8
        losses.append(np.abs(packed.astype(int) - pixels).mean())
    assert 0 < losses[0] < losses[1] < losses[2]


def test_jpeg_of_one_pixel_works() -> None:
    assert compress_as_jpeg(np.full((1, 1, 3), 90, np.uint8), 90).shape == (1, 1, 3)


def test_sides_too_long_for_jpeg_are_refused() -> None:
    with pytest.raises(SrStudioError, match="65501 × 1"):
        compress_as_jpeg(np.zeros((1, 65_501, 1), np.uint8), 90)
