from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2ycbcr

from sr_studio.imaging.ycbcr import rgb_to_gray, rgb_to_y, rgb_to_ycbcr, ycbcr_to_rgb


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_and_back_gives_the_same_colours(dtype: type) -> None:
    rgb = np.random.default_rng(0).random((7, 9, 3)).astype(dtype)
    ycbcr = rgb_to_ycbcr(rgb)
    assert ycbcr.dtype == dtype
    np.testing.assert_allclose(ycbcr_to_rgb(ycbcr), rgb, atol=1e-5)


def test_floats_equal_a_second_implementation() -> None:
    rgb = np.random.default_rng(1).random((7, 9, 3))
    np.testing.assert_allclose(rgb_to_ycbcr(rgb) * 255, rgb2ycbcr(rgb), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_the_rounded_floats(dtype: type) -> None:
    white = np.iinfo(dtype).max
    rgb = np.random.default_rng(2).integers(0, white + 1, (31, 17, 3)).astype(dtype)
    exact = rgb_to_ycbcr(rgb / white) * white
    ycbcr = rgb_to_ycbcr(rgb)
    assert ycbcr.dtype == dtype
    np.testing.assert_allclose(ycbcr, exact, atol=0.5 + 1e-6)
    back = ycbcr_to_rgb(ycbcr)
    assert back.dtype == dtype
    assert np.abs(back.astype(int) - rgb).max() <= 2  # two roundings, widened by 255 / 219


def test_luma_runs_from_16_to_235() -> None:
    black_and_white = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    np.testing.assert_array_equal(rgb_to_y(black_and_white), [[16, 235]])
    # values that MATLAB's documentation of rgb2ycbcr implies for the pure colours
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(rgb_to_y(colours), [[81, 145, 41]])


def test_luma_is_the_first_plane() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    np.testing.assert_array_equal(rgb_to_y(rgb), rgb_to_ycbcr(rgb)[..., 0])


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(\.\.\., 3\)"):
        rgb_to_y(np.zeros((2, 2, 1), np.float32))
    with pytest.raises(ValueError, match=r"\(\.\.\., 3\)"):
        ycbcr_to_rgb(np.zeros((2, 2, 4), np.float32))


def test_gray_runs_from_black_to_white() -> None:
    colours = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]])
    # MATLAB's rgb2gray of the primary colours
    np.testing.assert_array_equal(rgb_to_gray(colours.astype(np.uint8)), [0, 255, 76, 150, 29])


def test_gray_is_nearly_luma_of_the_full_range() -> None:
    rgb = np.random.default_rng(3).random((7, 9, 3))
    np.testing.assert_allclose(rgb_to_gray(rgb), (rgb_to_y(rgb) * 255 - 16) / 219, atol=2e-4)
