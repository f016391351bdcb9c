"""Measures how a colorizer colours photographs whose colours are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sr_studio.engines.colorization.comparison import NEAR_AB
from sr_studio.engines.colorization.prior import colour_prior
from sr_studio.engines.colorization.recognition import Answers, Recognition, summarise_answers
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import from_float, to_float
from sr_studio.imaging.lab import lab_to_rgb, rgb_to_lab
from sr_studio.metrics.colour import (
    LARGEST_THRESHOLD,
    ab_distances,
    ab_error_shares,
    ab_psnr,
    area_under_curve,
    colourfulness,
    share_within,
)
from sr_studio.metrics.psnr import psnr
from sr_studio.tensors.colour_bins import published_bins, rebalancing_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from torch import Tensor

    from sr_studio.engines.colorization.recognition import Classify
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

    Colour: TypeAlias = Callable[[Pixels], Pixels]
    """From (H, W, 1) uint8 gray to (H, W, 3) uint8 RGB."""

DEFINITION = (
    "AuC is the share of pixels whose a and b of CIE Lab are within a distance of the truth, "
    "averaged over the distances from 0 to 150; rebalanced, a pixel counts by the reciprocal of "
    "how often its true colour occurs. PSNR of ab has its peak at 255 units, PSNR of RGB at 255. "
    "AuC is of all pixels together, the others are means over pictures. Gray is the picture of the "
    "same lightness without colour."
)


@dataclass(frozen=True, slots=True)
class ColourFigures:
    """How close to the truth colours are, of one picture or of many.

    Attributes:
        auc: area under the curve of ab distances, 0 to 1.
        auc_rebalanced: the same, where rare colours count more; on few pictures a few pixels of
            the rarest colours decide it.
        ab_psnr: dB; infinite where a picture is equal to the truth; so is the next.
        rgb_psnr: dB.
        share_within_20: share of pixels within 20 units of ab.
        colourfulness: of Hasler and Suesstrunk.
    """

    auc: float
    auc_rebalanced: float
    ab_psnr: float
    rgb_psnr: float
    share_within_20: float
    colourfulness: float


@dataclass(frozen=True, slots=True)
class ColourReport:
    """What a colorizer does, and what leaving pictures gray does.

    Attributes:
        count: how many pictures were measured.
        coloured: the results.
        gray: the pictures without colour.
        truth_colourfulness: mean, for comparison with that of the results.
        recognition: whether a classifier recognises the results; None where not asked for.
        pictures: the results one by one.
    """

    count: int
    coloured: ColourFigures
    gray: ColourFigures
    truth_colourfulness: float
    recognition: Recognition | None
    pictures: tuple[ColourFigures, ...]


def evaluate_colours(
    pictures: Iterable[Pixels],
    colour: Colour,
    *,
    context: JobContext,
    total: int | None = None,
    prior: Tensor | None = None,
    classify: Classify | None = None,
    labels: Iterable[int | None] | None = None,
) -> ColourReport:
    """Take the colours from photographs, have them coloured, and compare.

    A job that is asked to finish early reports on the pictures so far.

    Args:
        pictures: (H, W, 3) uint8 RGB; each is taken when its turn comes.
        colour: the colorizer; its result has the size of its picture.
        context: asked to stop before each picture.
        total: how many pictures there are, for the progress.
        prior: (313,), how often each of `published_bins` occurs, smoothed; sums to 1. The
            program's own where None. Not mixed with a uniform distribution, as when the paper
            evaluates (see `ab_error_shares`).
        classify: recognises the results, too.
        labels: the true class of each picture, None where not known.

    Raises:
        InvalidRequest: there are no pictures.
        ValueError: a result has another size than its picture, or there are more or fewer labels.
    """
    bins = published_bins()
    table = rebalancing_weights(colour_prior(bins) if prior is None else prior, uniform_share=0.0)
    coloured, gray = _Tally(), _Tally()
    truth_colourfulness: list[float] = []
    answers: list[Answers] = []
    labelled = (
        zip(pictures, repeat(None), strict=False)
        if labels is None
        else zip(pictures, labels, strict=True)
    )
    for done, (truth, label) in enumerate(labelled, start=1):
        context.checkpoint()
        without = remove_colour(truth)
        result = colour(without)
        plain = np.repeat(without, 3, axis=2)
        truth_float = to_float(truth)
        weights = _weights_of(truth_float, bins, table)
        coloured.add(result, truth_float, weights)
        gray.add(plain, truth_float, weights)
        truth_colourfulness.append(colourfulness(truth_float))
        if classify is not None:
            answers.append(Answers(classify(truth), classify(plain), classify(result), label))
        if total is not None:
            context.report(done, total)
        if context.should_finish:
            break
    if not truth_colourfulness:
        raise InvalidRequest(
            "There are no pictures to measure.", advice="Choose a folder of colour photographs."
        )
    return ColourReport(
        count=len(truth_colourfulness),
        coloured=coloured.figures(),
        gray=gray.figures(),
        truth_colourfulness=sum(truth_colourfulness) / len(truth_colourfulness),
        recognition=summarise_answers(answers) if answers else None,
        pictures=tuple(coloured.pictures),
    )


def remove_colour(rgb: Pixels) -> Pixels:
    """Return (H, W, 1) uint8 gray of the same lightness L of CIE Lab as (H, W, 3) uint8 RGB."""
    lab = rgb_to_lab(to_float(rgb))
    lab[..., 1:] = 0
    gray = from_float(lab_to_rgb(lab)[..., 1:2], np.uint8)
    gray.flags.writeable = False
    return gray


@dataclass(slots=True)
class _Tally:
    """Sums over pictures; the curves are of all pixels together, so that weights mean the same."""

    pictures: list[ColourFigures] = field(default_factory=list)
    within: NDArray[np.float64] = field(default_factory=lambda: np.zeros(LARGEST_THRESHOLD + 1))
    within_rebalanced: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros(LARGEST_THRESHOLD + 1)
    )
    mass: float = 0.0
    mass_rebalanced: float = 0.0

    def add(self, result: Pixels, truth: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """Take a result (H, W, 3) uint8, the truth (H, W, 3) float32, and weights (H, W)."""
        rgb = to_float(result)
        distances = ab_distances(rgb, truth)
        shares = ab_error_shares(distances)
        rebalanced = ab_error_shares(distances, weights)
        mass = float(weights.sum(dtype=np.float64))
        self.within += shares * distances.size
        self.within_rebalanced += rebalanced * mass
        self.mass += distances.size
        self.mass_rebalanced += mass
        self.pictures.append(
            ColourFigures(
                auc=area_under_curve(shares),
                auc_rebalanced=area_under_curve(rebalanced),
                ab_psnr=ab_psnr(distances),
                rgb_psnr=psnr(rgb, truth, white=1.0),
                share_within_20=share_within(distances, NEAR_AB),
                colourfulness=colourfulness(rgb),
            )
        )

    def figures(self) -> ColourFigures:
        return ColourFigures(
            auc=area_under_curve(self.within / self.mass),
            auc_rebalanced=area_under_curve(self.within_rebalanced / self.mass_rebalanced),
            ab_psnr=_mean([each.ab_psnr for each in self.pictures]),
            rgb_psnr=_mean([each.rgb_psnr for each in self.pictures]),
            share_within_20=_mean([each.share_within_20 for each in self.pictures]),
            colourfulness=_mean([each.colourfulness for each in self.pictures]),
        )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _weights_of(truth: NDArray[np.float32], bins: Tensor, table: Tensor) -> NDArray[np.float32]:
    """Return (H, W): the table's entry (Q,) for the bin that is nearest to each true colour."""
    from scipy.spatial import KDTree

    ab = rgb_to_lab(truth)[..., 1:]
    nearest = KDTree(bins.numpy()).query(ab.reshape(-1, 2))[1]
    return np.asarray(table.numpy()[nearest].reshape(ab.shape[:2]), np.float32)
