from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sr_studio.engines.colorization.optimisation import HintSpreader
from sr_studio.engines.colorization.simulated_hints import show_hints
from tests.helpers.pictures import make_samples

RED, BLUE = (60.0, 40.0), (10.0, -50.0)


def no_hints(height: int, width: int) -> NDArray[np.float32]:
    return np.zeros((height, width, 3), np.float32)


def random_hints(height: int, width: int, count: int, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    ab = random.normal(0, 30, (height, width, 2)).astype(np.float32)
    return show_hints(ab, random.random((count, 2)), random.integers(1, 4, count))


def picture(height: int, width: int) -> NDArray[np.float32]:
    return 100 * make_samples(height, width, 1, np.float32)[..., 0]


def spread_as_published(
    lightness: NDArray[np.float32], hints: NDArray[np.float32], pull: float
) -> NDArray[np.float64]:
    """The authors' program, pixel by pixel, with a dense matrix."""
    luminance = lightness.astype(np.float64) / 100
    height, width = luminance.shape
    matrix = np.eye(height * width).reshape(height, width, height, width)
    right = np.zeros((height, width, 2))
    for y, x in np.ndindex(height, width):
        if hints[y, x, 2]:
            right[y, x] = hints[y, x, :2]
            continue
        window = slice(max(0, y - 1), y + 2), slice(max(0, x - 1), x + 2)
        others = np.ones((height, width), np.bool_)
        others[y, x] = False
        squares = (luminance[window] - luminance[y, x]) ** 2
        spread = 0.6 * luminance[window].var()
        spread = max(spread, -squares[others[window]].min() / np.log(0.01), 0.000002)
        weights = np.exp(-squares / spread) * others[window]
        matrix[y, x][window] -= weights / weights.sum()
        matrix[y, x, y, x] += pull
    count = height * width
    found = np.linalg.solve(matrix.reshape(count, count), right.reshape(count, 2))
    return found.reshape(height, width, 2)


@pytest.mark.parametrize("size", [(1, 9), (2, 2), (9, 1), (14, 17), (23, 9)], ids=str)
@pytest.mark.parametrize("pull", [0.0, 0.02])
def test_equals_the_authors_program(size: tuple[int, int], pull: float) -> None:
    hints = random_hints(*size, 2)
    lightness = picture(*size)
    found = HintSpreader(lightness).spread(hints, pull=pull)
    assert found.dtype == np.float32
    assert np.allclose(found, spread_as_published(lightness, hints, pull), rtol=0, atol=1e-4)


def test_hints_are_kept_bit_for_bit_and_no_colour_goes_beyond_them() -> None:
    hints = random_hints(60, 70, 9)
    known = hints[..., 2] > 0
    found = HintSpreader(picture(60, 70)).spread(hints)
    assert np.array_equal(found[known], hints[known][:, :2])
    for channel in (0, 1):
        assert found[..., channel].min() >= hints[known][:, channel].min()
        assert found[..., channel].max() <= hints[known][:, channel].max()


@pytest.mark.parametrize("kind", ["flat", "photo", "black and white"])
def test_one_hint_colours_the_whole_picture(kind: str) -> None:
    noise = np.random.default_rng(0).random((50, 60))
    kinds = {"flat": np.full((50, 60), 40.0), "photo": picture(50, 60)}
    lightness = kinds.get(kind, np.where(noise < 0.3, 0.0, 100.0)).astype(np.float32)
    hints = no_hints(50, 60)
    hints[3, 5] = (*RED, 1)
    assert np.allclose(HintSpreader(lightness).spread(hints), RED, rtol=0, atol=1e-3)


def test_two_sides_of_an_edge_get_their_own_colours() -> None:
    lightness = np.full((30, 40), 20, np.float32)
    lightness[:, 20:] = 80
    hints = no_hints(30, 40)
    hints[10, 5], hints[20, 35] = (*RED, 1), (*BLUE, 1)
    found = HintSpreader(lightness).spread(hints)
    middle = np.add(RED, BLUE) / 2
    assert np.abs(found[:, :20] - RED).max() < 0.25 * np.abs(middle - RED).max()
    assert np.abs(found[:, 20:] - BLUE).max() < 0.25 * np.abs(middle - BLUE).max()


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 2), (20, 30)], ids=str)
@pytest.mark.parametrize("pull", [0.0, 0.1])
def test_without_hints_nothing_is_coloured(size: tuple[int, int], pull: float) -> None:
    spreader = HintSpreader(picture(*size))
    assert not spreader.spread(no_hints(*size), pull=pull).any()
    hints = no_hints(*size)
    hints[..., 2] = 1
    hints[..., :2] = RED
    assert np.array_equal(spreader.spread(hints, pull=pull), hints[..., :2])
    assert not spreader.spread(no_hints(*size), pull=pull).any()


@pytest.mark.parametrize("pull", [0.0, 0.001])
def test_is_linear_in_the_hints(pull: float) -> None:
    first, second = random_hints(40, 30, 6), random_hints(40, 30, 6)
    second[..., :2] = np.where(second[..., 2:] > 0, (5, -7), 0)
    both = first.copy()
    both[..., :2] = 2 * first[..., :2] - 3 * second[..., :2]
    spreader = HintSpreader(picture(40, 30))
    found = [spreader.spread(hints, pull=pull) for hints in (first, second, both)]
    assert np.allclose(found[2], 2 * found[0] - 3 * found[1], rtol=0, atol=1e-3)


def test_a_moved_hint_gives_what_a_new_picture_gives() -> None:
    lightness = picture(70, 90)
    spreader = HintSpreader(lightness)
    hints = random_hints(70, 90, 5)
    for x in (10, 14, 60):
        moved = hints.copy()
        moved[20:25, x : x + 5] = (*RED, 1)
        fresh = HintSpreader(lightness).spread(moved)
        assert np.allclose(spreader.spread(moved), fresh, rtol=0, atol=1e-4)


def test_a_pull_lets_colour_fall_with_the_distance() -> None:
    """In a flat picture as 1 / e every sqrt(0.375 / pull) pixels from a line of hints."""
    pull = 0.01
    hints = no_hints(9, 200)
    hints[:, 0] = (*RED, 1)
    spreader = HintSpreader(np.full((9, 200), 50, np.float32))
    along = spreader.spread(hints, pull=pull)[4, :, 0]
    reach = 40 / np.log(along[0] / along[40])
    assert reach == pytest.approx(np.sqrt(0.375 / pull), rel=0.02)
    assert np.abs(along[100:]).max() < 1e-3
    stronger = spreader.spread(hints, pull=4 * pull)[4, :, 0]
    assert (stronger[1:50] < along[1:50]).all()


def test_a_checkpoint_can_end_it() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    spreader = HintSpreader(picture(40, 40))
    with pytest.raises(KeyboardInterrupt):
        spreader.spread(random_hints(40, 40, 3), checkpoint=stop)
