"""Damage is found, and what is none is left alone."""

from __future__ import annotations

from typing import Any, get_args

import cv2
import numpy as np
import pytest

from sr_studio.engines.automatic_masks._registry import all_automatic_masks
from sr_studio.imaging.image_buffer import ImageBuffer, from_float
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.tasks.mask import FindMaskRequest, MaskKind
from tests.helpers.pictures import make_picture

every_kind = pytest.mark.parametrize("kind", get_args(MaskKind))


def _photo(height: int = 300, width: int = 400) -> np.ndarray:
    """A picture with soft shapes and a little grain."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    shapes = [np.sin(x / 40) * np.cos(y / 55), np.cos(x / 60 + 1), np.sin((x + y) / 70)]
    grain = np.random.default_rng(0).normal(0, 1.5, (height, width, 1))
    return (110 + 35 * np.stack(shapes, -1) + grain).round().clip(0, 255).astype(np.uint8)


def _find(pixels: np.ndarray, kind: MaskKind, sensitivity: float = 0.5) -> np.ndarray:
    return FindMaskRequest(ImageBuffer(pixels), kind, sensitivity).run(silent_context())


def _scores(found: np.ndarray, damaged: np.ndarray) -> tuple[float, float]:
    """Return how much of the damage was found, and how much of what was found is near it."""
    near = cv2.dilate(damaged.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    hits = found > 0
    return float(hits[damaged].mean()), float(near[hits].mean()) if hits.any() else 1.0


def test_the_kinds_of_the_task_are_those_that_there_are() -> None:
    assert set(all_automatic_masks()) == set(get_args(MaskKind))


@every_kind
def test_an_undamaged_picture_is_left_alone(kind: MaskKind) -> None:
    assert (_find(_photo(), kind) > 0).mean() < 0.002


@every_kind
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 1), (50, 61)], ids=str)
def test_every_size_and_depth_works(kind: MaskKind, dtype: Any, size: tuple[int, int]) -> None:
    for channels in (1, 3):
        image = make_picture(*size, channels, dtype, has_alpha=True)
        found = FindMaskRequest(image, kind).run(silent_context())
        assert found.shape == size
        assert found.dtype == np.uint8
        assert set(np.unique(found)) <= {0, 255}


def test_scratches_and_dust_are_found() -> None:
    pixels, damaged = _photo(), np.zeros((300, 400), np.uint8)
    for start, end in (((20, 10), (60, 280)), ((120, 250), (380, 200)), ((300, 5), (302, 120))):
        cv2.line(damaged, start, end, 1, 2)
    for place in ((200, 60), (350, 250), (90, 180)):
        cv2.circle(damaged, place, 2, 1, -1)
    pixels[damaged > 0] = 235
    recall, precision = _scores(_find(pixels, "dust-and-scratches"), damaged > 0)
    assert recall > 0.9
    assert precision > 0.9


def test_more_sensitive_finds_more() -> None:
    pixels, damaged = _photo(), np.zeros((300, 400), np.uint8)
    cv2.line(damaged, (20, 10), (300, 250), 1, 2)
    pixels[damaged > 0] = np.minimum(pixels[damaged > 0].astype(int) + 45, 255)
    shares = [(_find(pixels, "dust-and-scratches", level) > 0).mean() for level in (0, 0.5, 1)]
    assert shares[0] <= shares[1] <= shares[2]
    assert shares[2] > 0


@pytest.mark.parametrize("colour", [(255, 255, 255), (10, 10, 10), (250, 230, 60)])
def test_text_is_found(colour: tuple[int, int, int]) -> None:
    pixels, drawn = _photo(), np.zeros((300, 400), np.uint8)
    for y, words in ((80, "The quick brown fox"), (240, "jumps over the dog")):
        cv2.putText(drawn, words, (30, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 1, 2)
    pixels[drawn > 0] = colour
    recall, precision = _scores(_find(pixels, "text"), drawn > 0)
    assert recall > 0.9
    assert precision > 0.9


def test_a_date_stamp_is_found_in_its_corner() -> None:
    pixels, drawn = _photo(600, 800), np.zeros((600, 800), np.uint8)
    cv2.putText(drawn, "98  7 12", (620, 560), cv2.FONT_HERSHEY_PLAIN, 1.8, 1, 2)
    pixels[drawn > 0] = (255, 150, 30)
    recall, precision = _scores(_find(pixels, "date-stamp"), drawn > 0)
    assert recall > 0.95
    assert precision > 0.9


def test_missing_pixels_are_blocks_and_specks_but_no_sky() -> None:
    pixels = np.clip(_photo(), 30, 220)
    missing = np.zeros((300, 400), np.bool_)
    missing[50:90, 60:140] = True
    missing |= np.random.default_rng(1).random((300, 400)) < 0.03
    pixels[missing] = 0
    sky = np.clip(np.linspace(300, 150, 80), 0, 255)[:, None, None]
    pixels[:80, 200:] = from_float(np.broadcast_to(sky / 255, (80, 200, 3)), np.uint8)
    missing[:80, 200:] = False
    np.testing.assert_array_equal(_find(pixels, "missing-pixels") > 0, missing)
    blown = (pixels == 255).all(axis=2)
    assert blown.any()
    np.testing.assert_array_equal(_find(pixels, "missing-pixels", 1.0) > 0, missing | blown)


@every_kind
def test_cancel_ends_it(kind: MaskKind) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(JobCancelled):
        FindMaskRequest(ImageBuffer(_photo()), kind).run(ReportingContext(token, lambda *_: None))
