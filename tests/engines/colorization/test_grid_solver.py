from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sr_studio.engines.colorization import grid_solver
from sr_studio.engines.colorization.grid_solver import NEIGHBOURS, GridSolver

SIZES = [(1, 1), (1, 40), (40, 1), (2, 2), (6, 7), (13, 41), (37, 29)]


def system(
    height: int, width: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One that is diagonally dominant and not symmetric, with entries beyond the border too."""
    coefficients = random.uniform(-1, 0, (9, height, width))
    coefficients[4] = 8 + random.random((height, width))
    return coefficients, random.normal(0, 1, (height, width, 2))


def solve_densely(
    coefficients: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    height, width = right.shape[:2]
    matrix = np.zeros((height, width, height, width))
    for y, x in np.ndindex(height, width):
        for number, (dy, dx) in enumerate(NEIGHBOURS):
            if 0 <= y + dy < height and 0 <= x + dx < width:
                matrix[y, x, y + dy, x + dx] = coefficients[number, y, x]
    count = height * width
    found = np.linalg.solve(matrix.reshape(count, count), right.reshape(count, -1))
    return found.reshape(right.shape)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_equals_a_dense_solution(size: tuple[int, int]) -> None:
    coefficients, right = system(*size, np.random.default_rng(0))
    found = GridSolver(*size).solve(coefficients, right)
    assert np.allclose(found, solve_densely(coefficients, right), rtol=0, atol=1e-12)


@pytest.mark.parametrize("entries_at_once", [1, 5000])
def test_how_much_is_done_at_once_is_no_matter(
    entries_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    coefficients, right = system(50, 60, np.random.default_rng(1))
    whole = GridSolver(50, 60).solve(coefficients, right)
    monkeypatch.setattr(grid_solver, "_ENTRIES_AT_ONCE", entries_at_once)
    assert np.allclose(GridSolver(50, 60).solve(coefficients, right), whole, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(1, 40), (20, 23)], ids=str)
@pytest.mark.parametrize("what", ["an equation", "a right side"])
def test_what_is_kept_changes_no_answer(size: tuple[int, int], what: str) -> None:
    """A change in every row and every column, so that it meets every side of the boxes."""
    random = np.random.default_rng(2)
    coefficients, right = system(*size, random)
    solver = GridSolver(*size)
    solver.solve(coefficients, right)
    for step in range(max(size)):
        y, x = step % size[0], -step % size[1]
        right[y, x] += 1
        if what == "an equation":
            coefficients[:, y, x], coefficients[4, y, x] = 0, 1
        expected = solve_densely(coefficients, right)
        assert np.allclose(solver.solve(coefficients, right), expected, rtol=0, atol=1e-12)


def test_a_small_change_takes_a_part_of_the_work_and_none_takes_none() -> None:
    coefficients, right = system(128, 128, np.random.default_rng(3))
    solver = GridSolver(128, 128)
    works: list[int] = []
    steps: list[None] = []
    for change in (0.0, 1.0, 0.0):
        right[5, 5] += change
        steps.clear()
        solver.solve(coefficients, right, lambda: steps.append(None))
        works.append(len(steps))
    assert works[0] > 4 * works[1] > 0
    assert works[2] == 0


def test_after_a_break_the_next_answer_is_right() -> None:
    random = np.random.default_rng(4)
    solver = GridSolver(40, 50)
    first = system(40, 50, random)
    expected = solver.solve(*first)
    steps = iter(range(7))
    with pytest.raises(StopIteration):
        solver.solve(*system(40, 50, random), lambda: next(steps))
    assert np.allclose(solver.solve(*first), expected, rtol=0, atol=1e-12)
