from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pyramid import Pyramid

DTYPES = (np.uint8, np.uint16, np.float32)


def never() -> bool:
    return False


def random_image(height: int, width: int, dtype, channels: int = 3, alpha: bool = False):
    rng = np.random.default_rng(height * 1000 + width)
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (rng.random((height, width, channels)) * white).astype(dtype)
    return ImageBuffer(pixels, pixels[..., 0].copy() if alpha else None)


def block_means(pixels: np.ndarray) -> np.ndarray:
    """2 x 2 means, written down slowly; a last odd row or column stands for itself."""
    height, width, channels = pixels.shape
    means = np.empty((-(-height // 2), -(-width // 2), channels))
    for y in range(means.shape[0]):
        for x in range(means.shape[1]):
            means[y, x] = pixels[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean(axis=(0, 1))
    return means


@pytest.mark.parametrize("dtype", DTYPES)
@given(height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3]))
@settings(deadline=None, max_examples=25)
def test_each_pixel_is_the_mean_of_its_block(dtype, height, width, channels):
    image = random_image(height, width, dtype, channels)
    pyramid = Pyramid(image)
    pyramid.build(1, never)
    level = pyramid.level(1).pixels
    assert level.dtype == dtype
    tolerance = 1e-6 if dtype == np.float32 else 0.75
    np.testing.assert_allclose(level, block_means(image.pixels.astype(float)), atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_brightness_does_not_drift_over_the_levels(dtype):
    image = random_image(512, 512, dtype)
    pyramid = Pyramid(image)
    pyramid.build(6, never)
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    drift = pyramid.level(6).pixels.mean(dtype=float) - image.pixels.mean(dtype=float)
    assert abs(drift) < white * (0.1 / 255)


@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    index=st.integers(0, 8),
    built=st.integers(0, 4),
)
@settings(deadline=None, max_examples=50)
def test_levels_have_their_size_before_and_after_they_are_built(height, width, index, built):
    pyramid = Pyramid(random_image(height, width, np.uint8, alpha=True))
    pyramid.build(built, never)
    pixels, alpha = pyramid.level(index)
    assert pixels.shape[:2] == alpha.shape == (-(-height // 2**index), -(-width // 2**index))


def test_a_level_that_is_not_built_shows_real_pixels_of_the_finest_one():
    image = random_image(64, 48, np.uint16)
    pyramid = Pyramid(image)
    assert not pyramid.is_built(3)
    np.testing.assert_array_equal(pyramid.level(3).pixels, image.pixels[4::8, 4::8])
    assert np.shares_memory(pyramid.level(3).pixels, image.pixels)


def test_a_stopped_build_leaves_what_was_there_and_can_go_on():
    pyramid = Pyramid(random_image(64, 64, np.uint8))
    pyramid.build(1, never)
    pyramid.build(5, lambda: True)
    assert pyramid.is_built(1)
    assert not pyramid.is_built(2)
    pyramid.build(5, never)
    assert pyramid.is_built(5)


def test_all_levels_take_a_third_of_the_picture():
    image = random_image(1024, 768, np.uint8)
    pyramid = Pyramid(image)
    pyramid.build(10, never)
    extra = sum(pyramid.level(index).pixels.nbytes for index in range(1, 11))
    assert extra <= image.pixels.nbytes * 0.34


@pytest.mark.parametrize("dtype", DTYPES)
def test_colour_hidden_under_transparency_does_not_fringe_a_cut_out(dtype):
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = np.zeros((8, 8, 3), dtype)
    pixels[:, :3] = white  # white paper, cut out at an odd column; what is hidden is black
    alpha = np.zeros((8, 8), dtype)
    alpha[:, :3] = white
    pyramid = Pyramid(ImageBuffer(pixels, alpha))
    pyramid.build(2, never)
    level = pyramid.level(2)
    assert (level.pixels[:, 0] == white).all()
    np.testing.assert_allclose(level.alpha[:, 0], 0.75 * white, rtol=0.01)
    assert not level.alpha[:, 1].any()
    assert not level.pixels[:, 1].any()


def test_levels_are_read_only():
    pyramid = Pyramid(random_image(8, 8, np.uint8, alpha=True))
    pyramid.build(1, never)
    assert not pyramid.level(1).pixels.flags.writeable
    assert not pyramid.level(1).alpha.flags.writeable
