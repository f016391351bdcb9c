"""SelfExSR finds in a picture what it lacks, agrees with the source, and can be stopped."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.engines.learners.self_exemplars import LEARNER, enlarge_by_exemplars
from sr_studio.errors import OutOfMemory
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.resize import imresize
from sr_studio.imaging.ycbcr import rgb_to_y
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._conditions import NOTHING_TOLD
from sr_studio.models._registry import all_models
from tests.helpers.pictures import make_picture

CPU = torch.device("cpu")
SPEC = all_models()["selfexsr"]


def rings(side: int) -> np.ndarray:
    """Hard-edged rings whose widths shrink inwards: the picture repeats itself at all scales."""
    y, x = np.mgrid[0 : 4 * side, 0 : 4 * side] / (4 * side) - 0.5
    bars = (np.log2(np.hypot(x, y) + 0.15) * 3 % 1 < 0.5).astype(np.float32)
    return imresize(bars, scale=0.25)


def enlarge(gray: np.ndarray, scale: int, **changes: int) -> np.ndarray:
    return enlarge_by_exemplars(gray, scale, CPU, silent_context(), **changes)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_repeated_edges_come_back_sharper_than_bicubic(scale: int) -> None:
    truth = rings(24 * scale)
    small = imresize(truth, scale=1 / scale)
    errors = [
        np.sqrt(np.mean((each - truth)[4:-4, 4:-4] ** 2))
        for each in (enlarge(small, scale), imresize(small, scale=scale))
    ]
    assert errors[0] < 0.8 * errors[1]


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 40), (31, 8)])
def test_any_size_is_enlarged_by_the_scale(scale: int, height: int, width: int) -> None:
    gray = np.random.default_rng(0).random((height, width)).astype(np.float32)
    result = enlarge(gray, scale)
    assert result.shape == (height * scale, width * scale)
    assert result.min() >= 0
    assert result.max() <= 1


def test_the_result_made_small_again_is_the_source() -> None:
    small = imresize(rings(48), scale=0.5)
    error = imresize(enlarge(small, 2), scale=0.5) - small
    assert np.sqrt(np.mean(error**2)) < 2 / 255


def test_the_same_picture_gives_the_same_result() -> None:
    small = rings(20)
    assert np.array_equal(enlarge(small, 2), enlarge(small, 2))
    assert not np.array_equal(enlarge(small, 2), enlarge(small, 2, seed=1))


def test_a_flat_picture_stays_flat() -> None:
    result = enlarge(np.full((12, 15), 0.3, np.float32), 3)
    assert np.allclose(result, 0.3, atol=1e-5)


def test_cancel_ends_within_one_step() -> None:
    token = CancelToken()
    calls: list[float] = []

    class Context(ReportingContext):
        def checkpoint(self) -> None:
            calls.append(0.0)
            if len(calls) == 9:
                token.cancel()
            super().checkpoint()

    with pytest.raises(JobCancelled):
        enlarge_by_exemplars(rings(40), 2, CPU, Context(token, lambda *_: None))
    assert len(calls) == 9


def test_finishing_early_gives_what_is_found_so_far() -> None:
    token = CancelToken()
    token.finish_early()
    gray = rings(24)
    context = ReportingContext(token, lambda *_: None)
    result = enlarge_by_exemplars(gray, 2, CPU, context)
    assert result.shape == (48, 48)
    assert np.sqrt(np.mean((imresize(result, scale=0.5) - gray) ** 2)) < 4 / 255


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, *_: told.append(fraction))
    enlarge_by_exemplars(rings(16), 4, CPU, context)
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_it_enlarges_the_luma_of_any_picture(channels: int, dtype: object) -> None:
    picture = make_picture(12, 14, channels, dtype)
    learned = LEARNER.learn(picture, SPEC, 2, CPU, NOTHING_TOLD, silent_context())
    assert learned.pixels.shape == (24, 28, 1)
    assert learned.pixels.dtype == np.float32
    pixels = to_float(picture.pixels)
    luma = rgb_to_y(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
    error = imresize(learned.pixels[..., 0], scale=0.5) - luma
    assert np.sqrt(np.mean(error**2)) < 0.02


@pytest.mark.parametrize("size", [(1, 1), (7, 60)])
def test_a_picture_too_small_to_search_is_enlarged_by_bicubic(size: tuple[int, int]) -> None:
    picture = make_picture(*size, 1)
    learned = LEARNER.learn(picture, SPEC, 2, CPU, NOTHING_TOLD, silent_context())
    bicubic = imresize(to_float(picture.pixels), scale=2)
    assert np.allclose(learned.pixels, (bicubic * 219 + 16) / 255, atol=1e-6)
    assert len(learned.notes) == 1


def test_a_picture_beyond_memory_is_refused_before_any_work() -> None:
    row = np.broadcast_to(np.zeros((), np.uint8), (1 << 20, 1 << 20, 1))
    image = ImageBuffer(row)
    with pytest.raises(OutOfMemory, match="GB for this picture"):
        LEARNER.learn(image, SPEC, 2, CPU, NOTHING_TOLD, silent_context())


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "published_db"), [(2, 36.49), (3, 32.58), (4, 30.31)])
def test_set5_is_as_good_as_published(scale: int, published_db: float, shared_data: object) -> None:
    from sr_studio.tasks.evaluate import EvaluateRequest

    set5 = shared_data / "benchmarks" / "Set5"  # type: ignore[operator]
    request = EvaluateRequest("selfexsr", scale, set5 / "HR", set5 / f"LRx{scale}", device="cpu")
    measured = request.run(silent_context())
    assert measured.psnr > published_db - 0.1
