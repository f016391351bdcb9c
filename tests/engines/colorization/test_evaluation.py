from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from sr_studio.engines.colorization.evaluation import evaluate_colours, remove_colour
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import Pixels, to_float
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.jobs.progress import silent_context
from sr_studio.tensors.colour_bins import published_bins
from tests.helpers.pictures import make_samples

PICTURES = [make_samples(24, 30, 3, seed=1), make_samples(18, 30, 3, seed=2)]
GRAY, RED = (120, 120, 120), (200, 30, 30)


def stay_gray(gray: Pixels) -> Pixels:
    return np.repeat(gray, 3, axis=2)


class TruthTeller:
    """Gives back, in turn, the pictures that it was made with."""

    def __init__(self, pictures: list[Pixels]) -> None:
        self._next = iter(pictures)

    def __call__(self, gray: Pixels) -> Pixels:
        assert gray.shape[2] == 1
        return next(self._next)


def test_the_truth_is_perfect_and_gray_is_not() -> None:
    report = evaluate_colours(PICTURES, TruthTeller(PICTURES), context=silent_context())
    assert report.count == len(report.pictures) == 2
    assert report.coloured.auc == report.coloured.auc_rebalanced == pytest.approx(1)
    assert report.coloured.share_within_20 == 1
    assert math.isinf(report.coloured.ab_psnr)
    assert math.isinf(report.coloured.rgb_psnr)
    assert report.coloured.colourfulness == report.truth_colourfulness > 20
    assert report.gray.auc < 0.95
    assert report.gray.colourfulness == 0
    assert report.recognition is None


def test_staying_gray_is_the_baseline() -> None:
    report = evaluate_colours(PICTURES, stay_gray, context=silent_context())
    assert report.coloured == report.gray
    assert report.gray.rgb_psnr < 25


def test_half_the_colour_lies_between() -> None:
    halves = [
        ((pixels.astype(int) + remove_colour(pixels)) // 2).astype(np.uint8) for pixels in PICTURES
    ]
    report = evaluate_colours(PICTURES, TruthTeller(halves), context=silent_context())
    for name in (
        "auc",
        "auc_rebalanced",
        "ab_psnr",
        "rgb_psnr",
        "share_within_20",
        "colourfulness",
    ):
        assert getattr(report.coloured, name) > getattr(report.gray, name)
    assert report.coloured.colourfulness < report.truth_colourfulness


def test_curves_are_of_all_pixels_whichever_picture_they_lie_in() -> None:
    apart = evaluate_colours(PICTURES, stay_gray, context=silent_context())
    joined = evaluate_colours([np.concatenate(PICTURES)], stay_gray, context=silent_context())
    assert apart.gray.auc == pytest.approx(joined.gray.auc)
    assert apart.gray.auc_rebalanced == pytest.approx(joined.gray.auc_rebalanced, rel=1e-5)


def test_rebalanced_each_colour_counts_by_how_rarely_it_occurs() -> None:
    """19 gray pixels and a red one; by a prior of just that, both colours count alike."""
    picture = np.full((4, 5, 3), GRAY, np.uint8)
    picture[0, 0] = RED
    ab = rgb_to_lab(to_float(picture))[0, :2, 1:]
    bins = published_bins()
    red, gray = (int(torch.cdist(torch.tensor(each)[None], bins).argmin()) for each in ab)
    prior = torch.full((313,), 1e-9)
    prior[[red, gray]] = torch.tensor([0.05, 0.95])
    report = evaluate_colours([picture], stay_gray, context=silent_context(), prior=prior)
    missed = np.linalg.norm(ab[0]) / 150
    assert report.gray.auc == pytest.approx(1 - missed / 20, abs=0.004)
    assert report.gray.auc_rebalanced == pytest.approx(1 - missed / 2, abs=0.004)
    own = evaluate_colours([picture], stay_gray, context=silent_context())
    assert own.gray.auc_rebalanced < own.gray.auc - 0.1


def test_a_classifier_is_asked_about_all_three() -> None:
    def classify(rgb: Pixels) -> int:
        return int(np.ptp(to_float(rgb), axis=2).mean() > 0.1)  # colourful or not

    report = evaluate_colours(
        PICTURES,
        TruthTeller(PICTURES),
        context=silent_context(),
        classify=classify,
        labels=[1, None],
    )
    assert report.recognition is not None
    assert report.recognition.coloured_agreement == report.recognition.coloured_accuracy == 1
    assert report.recognition.gray_agreement == report.recognition.gray_accuracy == 0
    assert (report.recognition.count, report.recognition.labelled) == (2, 1)


def test_gray_pictures_keep_their_lightness() -> None:
    gray = remove_colour(PICTURES[0])
    before = rgb_to_lab(to_float(PICTURES[0]))[..., 0]
    after = rgb_to_lab(to_float(stay_gray(gray)))[..., 0]
    assert np.abs(before - after).max() < 0.3
    assert not gray.flags.writeable


class Finishing:
    """A context whose user wants the result after the first picture."""

    should_finish = True

    def __init__(self) -> None:
        self.reported: list[tuple[float, float]] = []

    def checkpoint(self) -> None: ...

    def report(self, done: float, total: float, note: str = "") -> None:
        self.reported.append((done, total))


def test_asked_to_finish_it_reports_on_the_pictures_so_far() -> None:
    def endless() -> Iterator[Pixels]:
        while True:
            yield PICTURES[0]

    context = Finishing()
    report = evaluate_colours(endless(), stay_gray, context=context, total=9)  # type: ignore[arg-type]
    assert report.count == 1
    assert context.reported == [(1, 9)]


def test_nothing_to_measure_and_wrong_sizes_are_said() -> None:
    with pytest.raises(InvalidRequest, match="no pictures"):
        evaluate_colours([], stay_gray, context=silent_context())
    with pytest.raises(ValueError, match="one size"):
        evaluate_colours(PICTURES, lambda gray: PICTURES[0][:5], context=silent_context())
