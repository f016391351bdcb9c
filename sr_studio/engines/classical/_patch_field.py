"""Which known patch of a picture each patch over a hole is most like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

PATCH_PX = 7
RADIUS_PX = PATCH_PX // 2
_CHUNK = 1 << 15  # target patches compared at once
_BRUTE_BYTES = 1 << 28
_FAR = 1e9


class PatchField:
    """The nearest-neighbour field from patches over the hole to patches without a missing pixel.

    Connelly Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for Structural Image
    Editing", SIGGRAPH 2009, https://doi.org/10.1145/1531326.1531330. Deviation: all patches take
    their neighbours' matches at the same time, from several distances, instead of one after the
    other in scan order, for arrays are quicker than loops here.

    Places are the upper left corners of patches, numbered row by row.

    Args:
        picture: (H, W, C) float32 in [0, 1], the hole filled somehow.
        missing: (H, W), True in the hole.
        random: draws first matches and searches.
    """

    def __init__(
        self,
        picture: NDArray[np.float32],
        missing: NDArray[np.bool_],
        random: np.random.Generator,
    ) -> None:
        height, width = missing.shape
        self._random = random
        self.rows, self.columns = height - PATCH_PX + 1, width - PATCH_PX + 1
        touched = np.lib.stride_tricks.sliding_window_view(missing, (PATCH_PX, PATCH_PX))
        self.is_target = touched.any(axis=(2, 3))
        self.targets = np.flatnonzero(self.is_target)
        self.sources = np.flatnonzero(~self.is_target)
        self._is_source = torch.from_numpy(~self.is_target.ravel())
        self._patches = _patches_of(picture)  # those of the sources never change
        self._wanted = self._patches[torch.from_numpy(self.targets)].float()
        self.matches = np.zeros(len(self.targets), np.int64)
        self.distances = torch.full((len(self.targets),), _FAR)
        self._place = np.full(self.rows * self.columns, -1)
        self._place[self.targets] = np.arange(len(self.targets))

    def match_all(self) -> None:
        """Compare every target with every source."""
        sources = self._patches[torch.from_numpy(self.sources)].float()
        squares = sources.square().sum(1)
        step = max(1, _BRUTE_BYTES // (4 * len(self.sources)))
        for start in range(0, len(self.targets), step):
            wanted = self._wanted[start : start + step]
            cost = squares - 2 * wanted @ sources.T
            best = cost.argmin(1)
            self.matches[start : start + step] = self.sources[best.numpy()]
        self._measure()

    def take(self, matches: NDArray[np.int64]) -> None:
        """Begin with these matches; what is no source is drawn by chance."""
        is_source = self._is_source.numpy()[matches]
        drawn = self.sources[self._random.integers(len(self.sources), size=len(matches))]
        self.matches = np.where(is_source, matches, drawn)
        self._measure()

    def look_again(self, picture: NDArray[np.float32]) -> None:
        """The hole is filled otherwise now: what is looked for changes, the matches stay."""
        patches = np.lib.stride_tricks.sliding_window_view(picture, (PATCH_PX, PATCH_PX), (0, 1))
        y, x = np.divmod(self.targets, self.columns)
        wanted = np.rint(patches[y, x].reshape(len(self.targets), -1) * 255)
        self._wanted = torch.from_numpy(wanted.astype(np.float32))
        self._measure()

    def improve(self) -> None:
        """Let every patch try its neighbours' matches, and places by chance around its own."""
        for step in (4, 1):
            for dy, dx in ((0, step), (step, 0), (0, -step), (-step, 0)):
                self._try_neighbour(dy, dx)
        radius = max(self.rows, self.columns) // 2
        while radius >= 1:
            self._try_around(radius)
            radius //= 4

    def _try_neighbour(self, dy: int, dx: int) -> None:
        """Try what the patch (dy, dx) before matches, moved on by as much."""
        y, x = np.divmod(self.targets, self.columns)
        before_y, before_x = y - dy, x - dx
        is_inside = (before_y >= 0) & (before_y < self.rows)
        is_inside &= (before_x >= 0) & (before_x < self.columns)
        place = np.full(len(self.targets), -1)
        place[is_inside] = self._place[before_y[is_inside] * self.columns + before_x[is_inside]]
        which = np.flatnonzero(place >= 0)
        match_y, match_x = np.divmod(self.matches[place[which]], self.columns)
        self._try(which, match_y + dy, match_x + dx)

    def _try_around(self, radius: int) -> None:
        count = len(self.targets)
        match_y, match_x = np.divmod(self.matches, self.columns)
        by = self._random.integers(-radius, radius + 1, (2, count))
        self._try(np.arange(count), match_y + by[0], match_x + by[1])

    def _try(self, which: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64]) -> None:
        """Take those places that are nearer than what these targets have."""
        is_inside = (y >= 0) & (y < self.rows) & (x >= 0) & (x < self.columns)
        which, places = which[is_inside], (y * self.columns + x)[is_inside]
        is_new = self._is_source.numpy()[places] & (places != self.matches[which])
        which, places = which[is_new], places[is_new]
        for start in range(0, len(which), _CHUNK):
            part = torch.from_numpy(which[start : start + _CHUNK])
            there = torch.from_numpy(places[start : start + _CHUNK])
            distances = self._distances(part, there)
            is_better = distances < self.distances[part]
            better = part[is_better]
            self.distances[better] = distances[is_better]
            self.matches[better.numpy()] = there[is_better].numpy()

    def _measure(self) -> None:
        for start in range(0, len(self.targets), _CHUNK):
            part = torch.arange(start, min(start + _CHUNK, len(self.targets)))
            there = torch.from_numpy(self.matches[start : start + _CHUNK])
            self.distances[part] = self._distances(part, there)

    def _distances(self, targets: Tensor, places: Tensor) -> Tensor:
        """Return the mean squared distance, of values up to 255."""
        difference = self._patches[places].float().sub_(self._wanted[targets])
        return difference.square_().mean(1)


def _patches_of(picture: NDArray[np.float32]) -> Tensor:
    """Return every patch as a row of bytes, (places, C * 7 * 7)."""
    levels = np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)
    patches = np.lib.stride_tricks.sliding_window_view(levels, (PATCH_PX, PATCH_PX), (0, 1))
    return torch.from_numpy(patches.reshape(-1, patches[0, 0].size))
