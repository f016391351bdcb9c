from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.restoration import inpaint_biharmonic

from sr_studio.engines.classical.biharmonic import FILTER
from sr_studio.jobs.progress import silent_context
from tests.helpers.pictures import make_samples


def fill(picture: np.ndarray, missing: np.ndarray) -> NDArray[np.float32]:
    return FILTER.run(picture, missing=missing, context=silent_context())


def holes(height: int, width: int, count: int, side_px: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    missing = np.zeros((height, width), np.bool_)
    for _ in range(count):
        y, x = rng.integers(-side_px, height), rng.integers(-side_px, width)
        h, w = rng.integers(1, side_px + 1, 2)
        missing[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)] = True
    return missing


def slope(height: int, width: int) -> NDArray[np.float32]:
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    values: np.ndarray = 0.1 + x / (3 * width) + y / (4 * height) + c / 10
    return values.astype(np.float32)


@pytest.mark.parametrize("fraction", [0.02, 0.3, 0.9])
def test_known_pixels_are_kept_bit_for_bit_and_missing_ones_are_not_looked_at(
    fraction: float,
) -> None:
    picture = make_samples(90, 140, 3, np.float32)
    missing = np.random.default_rng(6).random((90, 140)) < fraction
    damaged = np.where(missing[..., None], np.float32(np.nan), picture)
    result = fill(damaged, missing)
    assert np.array_equal(result[~missing], picture[~missing])
    assert np.array_equal(result, fill(np.where(missing[..., None], 7, picture), missing))


@pytest.mark.parametrize("size", [(200, 150), (3, 300), (300, 2), (40, 40)], ids=str)
@pytest.mark.parametrize("count", [1, 25])
def test_small_holes_equal_the_solution_of_the_whole_picture(
    size: tuple[int, int], count: int
) -> None:
    picture = make_samples(*size, 3, np.float32)
    missing = holes(*size, count, 9)
    missing[-1, -1] = missing[0, 0] = False
    whole = inpaint_biharmonic(picture.astype(np.float64), missing, channel_axis=-1)
    assert np.allclose(fill(picture, missing), whole, atol=1e-6)


@pytest.mark.parametrize("side_px", [10, 60, 100, 170])
def test_a_slope_is_continued_across_holes_of_any_size(side_px: int) -> None:
    picture = slope(201, 230)
    missing = np.zeros((201, 230), np.bool_)
    missing[15 : 15 + side_px, 20 : 20 + side_px] = True
    error = np.abs(fill(np.where(missing[..., None], 0, picture), missing) - picture)
    assert error.max() < 0.01


def test_a_picture_of_few_known_pixels_is_filled() -> None:
    picture = slope(150, 140)
    missing = np.ones((150, 140), np.bool_)
    missing[75, 70] = False
    assert np.allclose(fill(picture, missing), picture[75, 70], atol=1e-6)


def test_the_result_stays_within_the_range_of_known_pixels() -> None:
    picture = make_samples(150, 160, 3, np.float32)
    missing = holes(150, 160, 6, 90)
    result = fill(picture, missing)
    known = picture[~missing]
    assert (result >= known.min(axis=0)).all()
    assert (result <= known.max(axis=0)).all()


def test_nothing_missing_changes_nothing() -> None:
    picture = make_samples(9, 8, 1, np.float32)
    assert np.array_equal(fill(picture, np.zeros((9, 8), np.bool_)), picture)
