"""Finds the colours of one picture at a working size, again and again as hints change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from sr_studio.engines.colorization.comparison import ColourComparison, measure_colours
from sr_studio.engines.colorization.distribution import ColourDistribution
from sr_studio.engines.colorization.hints import hint_planes
from sr_studio.engines.colorization.optimisation import HintSpreader
from sr_studio.imaging.colour import to_srgb
from sr_studio.imaging.colour_map import ColourMap, gray_part
from sr_studio.imaging.lab import lightness_of, rgb_to_lab
from sr_studio.tensors.colour_bins import annealed_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.models._colorizer import Colorizer, ColourGuess

_MOST_RATIO = 8  # of the sides: the long one of a strip is looked at smaller
_RADIUS_PX = 2  # of the guided filter, at the working size
_EPSILON = 4.0  # of it, in squared units of L: a difference of 2 is no edge
_LOCAL_PULL = 0.02  # a correction ends at its hint; see HintSpreader
# chosen on photos with random hints of their own colours, and by hints of others
_TOLD_SHARE = 0.6
_REACH_OF_ONE = 0.45  # of the short side
_PULL_OF_ONE = 3e-4
_SMALL_AB = 12.0  # a hint that near to what was thought corrects the tone of all
_CROWD = 10  # hints that speak as loud as the network
_CROWD_SHARE = 0.3  # of the short side, around each


@dataclass(frozen=True, slots=True)
class NetworkColours:
    """Which of a network's two answers is taken.

    Attributes:
        is_vivid: the annealed mean of the distribution; else the colour head, where there is one.
        temperature: of the annealed mean: 1 the mean, 0 the mode, 0.38 the paper's choice.
    """

    is_vivid: bool = False
    temperature: float = 0.38


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """The colours of a picture.

    Attributes:
        colours: to be put on its lightness.
        distribution: what the network thinks likely; None without one.
        figures: against the picture's own colours; None for gray pictures.
    """

    colours: ColourMap
    distribution: ColourDistribution | None
    figures: ColourComparison | None


class Colourist:
    """Keeps of a picture what hints do not change. Use it in one thread at a time.

    Args:
        image: the picture; of its colours only the lightness is looked at.
        working_px: its short side when colours are looked for.
        multiple: what both sides must be a multiple of.

    Attributes:
        lightness: (h, w), L in [0, 100], at the working size.
    """

    def __init__(self, image: ImageBuffer, working_px: int, multiple: int = 32) -> None:
        self.full_size = image.width, image.height
        small, profile = _reduced(image, working_px, multiple), image.origin.icc_profile
        self.lightness = lightness_of(gray_part(small, profile))
        self._truth = None if image.is_gray else np.clip(to_srgb(small, profile), 0, 1)
        # each remembers what it has solved, for one pull
        self._spreader: HintSpreader | None = None
        self._corrector: HintSpreader | None = None
        self._seen: tuple[Colorizer, tuple[torch.Tensor, ...]] | None = None
        self._untold: ColourGuess | None = None  # what it thinks without hints

    def ask_network(
        self, network: Colorizer, hints: Sequence[Hint], wanted: NetworkColours
    ) -> Colours:
        """Return what a network makes of the picture, each hint's colour at its place."""
        planes, pull = self._planes(hints), _LOCAL_PULL
        guess = self._guess(network, planes)
        ab = self._choose(network, guess, wanted)
        if hints and network.takes_hints:
            without = self._guess(network, np.zeros_like(planes))
            untold = self._choose(network, without, wanted)
            ab = _weigh(untold, ab, planes, len(hints))
            pull = _pull(ab, planes, len(hints))
            ab = ab * (1 - _crowding(planes, len(hints)))[..., None]
        shares = torch.softmax(guess.logits[0].float(), 0).permute(1, 2, 0)
        distribution = ColourDistribution(
            shares.half().cpu().numpy(), network.bins.cpu().numpy(), self.full_size
        )
        return self._colours(ab, planes, distribution, pull=pull)

    def spread(self, hints: Sequence[Hint]) -> Colours:
        """Return the hints spread along the picture's edges, without any network."""
        planes = self._planes(hints)
        if self._spreader is None:
            self._spreader = HintSpreader(self.lightness)
        return self._colours(self._spreader.spread(planes), planes, None, pull=_LOCAL_PULL)

    def take(self, ab: NDArray[np.float32], hints: Sequence[Hint]) -> Colours:
        """Return colours (h, w, 2) that another method found at the working size."""
        return self._colours(ab, self._planes(hints), None, pull=_LOCAL_PULL)

    def _planes(self, hints: Sequence[Hint]) -> NDArray[np.float32]:
        height, width = self.lightness.shape
        return hint_planes(hints, self.full_size, (width, height))

    def _choose(
        self, network: Colorizer, guess: ColourGuess, wanted: NetworkColours
    ) -> NDArray[np.float32]:
        """Return (h, w, 2) at the working size."""
        if wanted.is_vivid or guess.ab is None:
            ab = annealed_mean(guess.logits.float(), network.bins, wanted.temperature)
        else:
            ab = guess.ab.float()
        fine = F.interpolate(ab, self.lightness.shape, mode="bilinear")[0].permute(1, 2, 0)
        return np.asarray(fine.cpu().numpy(), np.float32)

    def _guess(self, network: Colorizer, planes: NDArray[np.float32]) -> ColourGuess:
        device = network.bins.device
        is_untold = not planes.any()
        with torch.inference_mode():
            if self._seen is None or self._seen[0] is not network:
                lightness = torch.from_numpy(self.lightness)[None, None].to(device)
                self._seen, self._untold = (network, network.encode(lightness)), None
            if is_untold and self._untold is not None:
                return self._untold
            packed = torch.from_numpy(planes).permute(2, 0, 1)[None].to(device)
            guess = network.decode(self._seen[1], packed[:, :2], packed[:, 2:])
        if is_untold:
            self._untold = guess
        return guess

    def _colours(
        self,
        ab: NDArray[np.float32],
        planes: NDArray[np.float32],
        distribution: ColourDistribution | None,
        *,
        pull: float,
    ) -> Colours:
        """Return colours that follow the edges of the full picture, and the hints exactly."""
        slopes, offsets = _guided(self.lightness, ab)
        known = planes[..., 2] > 0
        if known.any():
            reached = slopes * self.lightness[..., None] + offsets
            missing = np.zeros_like(planes)
            missing[known, :2] = planes[known, :2] - reached[known]
            missing[..., 2] = planes[..., 2]
            if self._corrector is None:
                self._corrector = HintSpreader(self.lightness)
            offsets = offsets + self._corrector.spread(missing, pull=pull)
        figures = None
        if self._truth is not None:
            reached = slopes * self.lightness[..., None] + offsets
            figures = measure_colours(self.lightness, reached, self._truth)
        return Colours(ColourMap(slopes, offsets), distribution, figures)


def _weigh(
    untold: NDArray[np.float32], told: NDArray[np.float32], planes: NDArray[np.float32], count: int
) -> NDArray[np.float32]:
    """Return the network's answer to hints around them, and what it thought elsewhere, (h, w, 2).

    One hint speaks of its surroundings, many of all between them.
    """
    near = _nearness(planes, _REACH_OF_ONE * math.sqrt(count))
    return np.asarray(untold + _TOLD_SHARE * near[..., None] * (told - untold), np.float32)


def _pull(ab: NDArray[np.float32], planes: NDArray[np.float32], count: int) -> float:
    """Return the pull with which what is missing at the hints is spread.

    A hint near to what was thought corrects the tone of the whole picture; one of quite another
    colour speaks of a thing, and must not tint the rest.
    """
    known = planes[..., 2] > 0
    missing = float(np.hypot(*(planes[known, :2] - ab[known]).T).mean())
    return _PULL_OF_ONE / count**2 * float(np.clip(missing / _SMALL_AB - 1, 0, 1)) ** 2


def _crowding(planes: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return how much of the network's thoughts gives way to the hints alone, (h, w)."""
    return np.asarray(count / (count + _CROWD) * _nearness(planes, _CROWD_SHARE), np.float32)


def _nearness(planes: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """Return 1 at hints, falling by a Gaussian of so many short sides, (h, w)."""
    is_far = (planes[..., 2] == 0).astype(np.uint8)
    distance_px = cv2.distanceTransform(is_far, cv2.DIST_L2, 5)
    near = np.exp(-np.square(distance_px / (reach * min(is_far.shape))) / 2)
    return np.asarray(near, np.float32)


def reduce_to_lab(image: ImageBuffer, working_px: int) -> NDArray[np.float32]:
    """Return a picture as (h, w, 3) Lab, its short side `working_px`."""
    srgb = to_srgb(_reduced(image, working_px, 1), image.origin.icc_profile)
    return rgb_to_lab(np.clip(np.broadcast_to(srgb, (*srgb.shape[:2], 3)), 0, 1))


def _reduced(image: ImageBuffer, working_px: int, multiple: int) -> Pixels:
    """Return (h, w, C) in the picture's depth, its sides multiples."""
    scale = working_px / min(image.width, image.height)
    width, height = (
        max(1, round(min(side * scale, _MOST_RATIO * working_px) / multiple)) * multiple
        for side in (image.width, image.height)
    )
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image.pixels, (width, height), interpolation=method)
    return np.asarray(small).reshape(height, width, image.pixels.shape[2])


def _guided(
    lightness: NDArray[np.float32], ab: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return slopes and offsets (h, w, 2) of ab over L in the window around each pixel.

    Kaiming He, Jian Sun, Xiaoou Tang: "Guided Image Filtering", PAMI 2013, equations 5, 6 and 8.
    """

    def mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        side = 2 * _RADIUS_PX + 1
        smooth = cv2.boxFilter(plane, cv2.CV_32F, (side, side), borderType=cv2.BORDER_REFLECT_101)
        return np.asarray(smooth, np.float32).reshape(plane.shape)

    guide = lightness[..., None]
    mean_guide, mean_ab = mean(guide), mean(ab)
    variance = mean(guide * guide) - mean_guide**2
    covariance = mean(guide * ab) - mean_guide * mean_ab
    slopes = covariance / (np.maximum(variance, 0) + _EPSILON)
    offsets = mean_ab - slopes * mean_guide
    return mean(slopes), mean(offsets)
