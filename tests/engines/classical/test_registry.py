"""What every classical method promises, whichever it is."""

from __future__ import annotations

import sys
import warnings
from typing import Any, cast

import numpy as np
import pytest
from typing_extensions import override

from sr_studio.engines.classical._registry import all_classical_filters
from sr_studio.engines.classical._spec import ClassicalFilter
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from tests.helpers.pictures import make_samples

FILTERS = list(all_classical_filters().values())
every_filter = pytest.mark.parametrize("method", FILTERS, ids=lambda method: method.id)
SIZES = [(1, 1), (1, 13), (13, 1), (2, 2), (7, 5), (33, 47)]


def run(
    method: ClassicalFilter, picture: np.ndarray, context: Any = None, **changes: Any
) -> np.ndarray:
    """Run the method with what its task needs."""
    arguments: dict[str, Any] = {}
    if "denoise" in method.tasks:
        arguments["sigma"] = 25.0
    if "inpaint" in method.tasks and "missing" not in changes:
        missing = np.random.default_rng(1).random(picture.shape[:2]) < 0.3
        missing[0, 0] = False
        arguments["missing"] = missing
    if "enlarge" in method.tasks:
        arguments["scale"] = 3
    arguments |= changes
    return cast(np.ndarray, method.run(picture, context=context or silent_context(), **arguments))


@every_filter
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_size_works(method: ClassicalFilter, size: tuple[int, int], channels: int) -> None:
    picture = make_samples(*size, channels, np.float32)
    before = picture.copy()
    result = run(method, picture)
    scale = 3 if "enlarge" in method.tasks else 1
    assert result.shape == (size[0] * scale, size[1] * scale, channels)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert np.array_equal(picture, before)
    assert not np.shares_memory(result, picture)


@every_filter
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_constant_picture_stays_constant(method: ClassicalFilter, size: tuple[int, int]) -> None:
    color = np.array([0.2, 0.5, 0.9], np.float32)
    result = run(method, np.full((*size, 3), color, np.float32))
    assert np.allclose(result, color, atol=1e-6)


@every_filter
def test_the_same_picture_gives_the_same_result(method: ClassicalFilter) -> None:
    picture = make_samples(40, 30, 3, np.float32)
    assert np.array_equal(run(method, picture), run(method, picture))


@every_filter
def test_a_picture_on_its_side_gives_the_result_on_its_side(method: ClassicalFilter) -> None:
    if method.has_order:
        pytest.skip("it visits the pixels in an order")
    picture = make_samples(20, 31, 3, np.float32)
    changes: dict[str, Any] = {}
    turned_changes: dict[str, Any] = {}
    if "inpaint" in method.tasks:
        missing = np.random.default_rng(2).random((20, 31)) < 0.2
        changes, turned_changes = {"missing": missing}, {"missing": missing.T.copy()}
    turned = np.ascontiguousarray(picture.swapaxes(0, 1))
    a = run(method, picture, **changes)
    b = run(method, turned, **turned_changes)
    assert np.allclose(a, b.swapaxes(0, 1), atol=1e-5)


@every_filter
def test_cancel_ends_before_the_next_tile(method: ClassicalFilter) -> None:
    token = CancelToken()
    calls = 0

    class Context(ReportingContext):
        @override
        def checkpoint(self) -> None:
            nonlocal calls
            calls += 1
            if calls == 2:
                token.cancel()
            super().checkpoint()

    with pytest.raises(JobCancelled):
        run(method, make_samples(400, 200, 3, np.float32), Context(token, lambda *_: None))
    assert calls == 2


@every_filter
def test_progress_ends_at_one(method: ClassicalFilter) -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, *_: told.append(fraction))
    run(method, make_samples(40, 30, 1, np.float32), context)
    assert told == sorted(told)
    assert told[-1] == 1


@every_filter
def test_wrong_arguments_are_refused(method: ClassicalFilter) -> None:
    picture = make_samples(8, 9, 3, np.float32)
    wrong: list[dict[str, Any]] = [
        {"missing": np.zeros((9, 8), np.bool_)},
        {"missing": np.zeros((8, 9), np.uint8)},
        {"missing": np.ones((8, 9), np.bool_)},
        {"scale": 0},
        {"sigma": -1.0},
        {"sigma": float("nan")},
    ]
    if "inpaint" in method.tasks:
        wrong.append({"missing": None})
    if "enlarge" not in method.tasks:
        wrong.append({"scale": 2})
    if "denoise" not in method.tasks:
        wrong.append({"sigma": 3.0})
    for changes in wrong:
        with pytest.raises(ValueError, match=r"wanted|no noise level|mask|no factor"):
            run(method, picture, **changes)
    for bad in (picture.astype(np.float64), picture[..., 0], picture[:0]):
        with pytest.raises(ValueError, match="is wanted"):
            run(method, bad, missing=None)


def test_every_task_has_a_method() -> None:
    assert set().union(*(method.tasks for method in FILTERS)) == {"denoise", "inpaint", "enlarge"}


denoisers = pytest.mark.parametrize(
    "method",
    [method for method in FILTERS if "denoise" in method.tasks],
    ids=lambda method: method.id,
)


def blocks(height: int, width: int) -> np.ndarray:
    """Flat patches with hard edges, RGB."""
    colors = np.random.default_rng(3).uniform(0.2, 0.8, (height // 24 + 1, width // 24 + 1, 3))
    picture: np.ndarray = colors.repeat(24, axis=0).repeat(24, axis=1)[:height, :width]
    return picture.astype(np.float32)


@denoisers
@pytest.mark.parametrize("told", [True, False], ids=["told", "estimated"])
@pytest.mark.parametrize(("sigma", "gain_db"), [(15, 8), (25, 8), (50, 8)])
def test_noise_of_flat_patches_falls(
    method: ClassicalFilter, sigma: int, gain_db: float, *, told: bool
) -> None:
    clean = blocks(100, 130)
    noise = np.random.default_rng(4).normal(0, sigma / 255, clean.shape)
    noisy = (clean + noise).astype(np.float32)
    result = run(method, noisy, sigma=float(sigma) if told else None)
    before, after = np.mean((noisy - clean) ** 2), np.mean((result - clean) ** 2)
    assert 10 * np.log10(before / after) > gain_db


@denoisers
def test_no_noise_changes_nothing(method: ClassicalFilter) -> None:
    picture = make_samples(20, 30, 3, np.float32)
    assert np.array_equal(run(method, picture, sigma=0.0), picture)


@denoisers
def test_tiles_leave_no_trace(method: ClassicalFilter, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = make_samples(150, 171, 1, np.float32)
    whole = run(method, picture)
    monkeypatch.setattr(sys.modules[method.run.__module__], "_TILE_PX", 31)
    assert np.allclose(run(method, picture), whole, rtol=0, atol=1e-7)


def test_extreme_values_warn_of_nothing() -> None:
    picture = np.zeros((12, 12, 1), np.float32)
    picture[::2] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in FILTERS:
            assert np.isfinite(run(method, picture)).all()
