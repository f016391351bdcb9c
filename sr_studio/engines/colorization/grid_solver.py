"""Solves linear systems between pixels and their eight neighbours, by nested dissection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NEIGHBOURS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))  # the pixel itself is fifth
_LARGEST_LEAF_PX = 6  # a side: measured with 4, 6 and 8
_ENTRIES_AT_ONCE = 1 << 17  # a megabyte, which stays in a core's cache


class GridSolver:
    """Solves one system after the other on a picture of one size.

    Alan George: "Nested Dissection of a Regular Finite Element Mesh", SIAM Journal on Numerical
    Analysis 10(2), 1973, https://doi.org/10.1137/0710032. A line of pixels cuts the picture in two,
    others cut the halves, and so on. From the smallest boxes upwards, the pixels of each are
    eliminated, which leaves equations between those around it alone. Boxes of the same shape are
    eliminated together, by the dense routines of numpy. No pivots are sought beyond a box, which is
    right for diagonally dominant systems.

    What a box left behind is kept, about 1.5 KB a pixel: of the next system, only boxes are
    eliminated again in or beside which an equation has changed. Of colour hints at 256 x 256
    pixels, the first ten take 0.2 s of one core, ten others 0.07 s, one that moves 0.03 s; SuperLU
    takes 0.21 s in this order and 0.36 to 0.66 s in its own, each time. BiCGSTAB breaks down.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
    """

    def __init__(self, height: int, width: int) -> None:
        self._height, self._width = height, width
        self._levels = _plan_levels(height, width)
        self._last: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def solve(
        self,
        coefficients: NDArray[np.float64],
        right: NDArray[np.float64],
        checkpoint: Callable[[], None] | None = None,
    ) -> NDArray[np.float64]:
        """Return the unknowns, (H, W, C).

        Args:
            coefficients: (9, H, W), of each pixel's equation, for its NEIGHBOURS; those beyond the
                border are not looked at.
            right: (H, W, C), the right sides; C must stay the same from call to call.
            checkpoint: called before every megabyte of work; what it raises ends it.
        """
        changed = np.ones((self._height, self._width), np.bool_)
        if self._last is not None:
            changed = (coefficients != self._last[0]).any(0) | (right != self._last[1]).any(-1)
        self._last = None  # what is broken off is done again as a whole
        counts = np.zeros((self._height + 1, self._width + 1), np.int64)
        counts[1:, 1:] = changed.cumsum(0).cumsum(1)
        flat = coefficients.reshape(len(NEIGHBOURS), -1)
        flat_right = right.reshape(-1, right.shape[-1])
        for batch in (batch for level in reversed(self._levels) for batch in level):
            which = batch.touched(counts, self._width)
            few = max(1, _ENTRIES_AT_ONCE // batch.plan.pixels**2)
            for first in range(0, len(which), few):
                if checkpoint is not None:
                    checkpoint()
                batch.eliminate(which[first : first + few], flat, flat_right)
        unknowns = np.empty_like(flat_right)
        for level in self._levels:
            for batch in level:
                batch.substitute(unknowns)
        self._last = coefficients.copy(), right.copy()
        return unknowns.reshape(right.shape)


class _Box(NamedTuple):
    """A rectangle of pixels, and on which sides there are others beyond it."""

    height: int
    width: int
    top: bool = False
    left: bool = False
    bottom: bool = False
    right: bool = False

    def ring(self) -> NDArray[np.int64]:
        """Return the pixels around it, (N, 2), from its upper left one; corners in the columns."""
        along = np.arange(self.width)
        down = np.arange(-int(self.top), self.height + int(self.bottom))
        sides = (
            (self.top, np.full_like(along, -1), along),
            (self.left, down, np.full_like(down, -1)),
            (self.bottom, np.full_like(along, self.height), along),
            (self.right, down, np.full_like(down, self.width)),
        )
        there = [np.stack([y, x], 1) for is_there, y, x in sides if is_there]
        return np.concatenate([np.zeros((0, 2), np.int64), *there])

    def split(self) -> tuple[NDArray[np.int64], tuple[tuple[_Box, int, int], ...]]:
        """Return the pixels to eliminate here, and the boxes between them with their places."""
        if max(self.height, self.width) <= _LARGEST_LEAF_PX:
            return np.argwhere(np.ones((self.height, self.width), np.bool_)), ()
        if self.height >= self.width:
            cut = self.height // 2
            line = np.stack([np.full(self.width, cut), np.arange(self.width)], 1)
            above = self._replace(height=cut, bottom=True)
            below = self._replace(height=self.height - cut - 1, top=True)
            return line, ((above, 0, 0), (below, cut + 1, 0))
        cut = self.width // 2
        line = np.stack([np.arange(self.height), np.full(self.height, cut)], 1)
        before = self._replace(width=cut, right=True)
        after = self._replace(width=self.width - cut - 1, left=True)
        return line, ((before, 0, 0), (after, 0, cut + 1))


class _Run(NamedTuple):
    """Pixels that follow each other in two lists."""

    begin: int  # in the child's ring
    end: int
    place: int  # of the first, among the parent's pixels

    @property
    def there(self) -> slice:
        """The same pixels among the parent's."""
        return slice(self.place, self.place + self.end - self.begin)


class _Part(NamedTuple):
    """One of the two boxes beside a cut."""

    box: _Box
    offset: int  # of its upper left pixel from that of the whole
    runs: list[_Run]  # of its ring


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How all boxes of one shape are eliminated.

    Their pixels are those to eliminate and then those of the ring. Offsets are from the upper left
    pixel, in the flat picture.

    Attributes:
        box: the shape.
        eliminated: offsets, (s,).
        ring: offsets, (n - s,).
        rows: of the entries of the system that belong here: one of both is eliminated.
        columns: of the same entries.
        sources: the same in the coefficients, as (their number in NEIGHBOURS, offset).
        parts: the boxes within, none in a leaf.
    """

    box: _Box
    eliminated: NDArray[np.int64]
    ring: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    sources: NDArray[np.int64]  # (2, entries)
    parts: tuple[_Part, ...]

    @property
    def pixels(self) -> int:
        """The number n of pixels."""
        return len(self.eliminated) + len(self.ring)

    @classmethod
    def of(cls, box: _Box, picture_width: int) -> _Plan:
        eliminated, parts = box.split()
        ring = box.ring()
        pixels = np.concatenate([eliminated, ring])
        place = np.full((box.height + 4, box.width + 4), -1)  # of each pixel, from (-2, -2)
        place[pixels[:, 0] + 2, pixels[:, 1] + 2] = np.arange(len(pixels))
        entries: list[NDArray[np.int64]] = []  # (row, column, number, offset)
        own = np.arange(len(eliminated))
        for number, step in enumerate(NEIGHBOURS):
            other = eliminated + step
            where = place[other[:, 0] + 2, other[:, 1] + 2]
            here, there = (each @ (picture_width, 1) for each in (eliminated, other))
            back = len(NEIGHBOURS) - 1 - number
            to = np.stack([own, where, np.full_like(own, number), here])
            entries.append(to[:, where >= 0])
            fro = np.stack([where, own, np.full_like(own, back), there])
            entries.append(fro[:, where >= len(own)])
        rows, columns, *sources = np.concatenate(entries, 1)
        inner = []
        for part, dy, dx in parts:
            around = part.ring() + np.array((dy + 2, dx + 2))
            runs = _find_runs(place[around[:, 0], around[:, 1]])
            inner.append(_Part(part, dy * picture_width + dx, runs))
        return cls(
            box,
            eliminated @ (picture_width, 1),
            ring @ (picture_width, 1),
            rows,
            columns,
            np.stack(sources),
            tuple(inner),
        )


class _Batch:
    """All boxes of one shape, and what is known of them.

    Args:
        plan: their shape's.
        corners: their upper left pixels, (B,), in the flat picture.

    Attributes:
        plan: see there.
        corners: see there.
        children: for each part of the plan, the batch with the boxes of that part, and which one is
            that of the first box here; the others follow.
        left: what is left between the pixels of the rings, (B, n - s, n - s + C).
    """

    def __init__(self, plan: _Plan, corners: NDArray[np.int64]) -> None:
        self.plan = plan
        self.corners = corners
        self.children: list[tuple[_Batch, int]] = []
        self.left = np.empty((0, 0, 0))
        self._solved = np.empty((0, 0, 0))  # for the eliminated pixels, (B, s, n - s + C)

    def touched(self, counts: NDArray[np.int64], picture_width: int) -> NDArray[np.int64]:
        """Return which boxes have a change in them or in their ring.

        Args:
            counts: (H + 1, W + 1), of the changed pixels above and before each place.
            picture_width: W.
        """
        y, x = np.divmod(self.corners, picture_width)
        box = self.plan.box
        top, bottom = y - int(box.top), y + box.height + int(box.bottom)
        begin, end = x - int(box.left), x + box.width + int(box.right)
        inside = counts[bottom, end] - counts[top, end] - counts[bottom, begin]
        return np.flatnonzero(inside + counts[top, begin])

    def eliminate(
        self,
        which: NDArray[np.int64],
        coefficients: NDArray[np.float64],
        right: NDArray[np.float64],
    ) -> None:
        """Solve these boxes' own equations, those of the boxes in them being solved.

        Args:
            which: (b,).
            coefficients: (9, H * W).
            right: (H * W, C).
        """
        plan, corners = self.plan, self.corners[which, None]
        own, every, sides = len(plan.eliminated), plan.pixels, right.shape[1]
        if not self._solved.size:
            self.left = np.empty((len(self.corners), every - own, every - own + sides))
            self._solved = np.empty((len(self.corners), own, every - own + sides))
        fronts = np.zeros((len(which), every, every + sides))
        number, offset = plan.sources
        fronts[:, plan.rows, plan.columns] = coefficients[number, corners + offset]
        fronts[:, :own, every:] = right[corners + plan.eliminated]
        for part, (child, first) in zip(plan.parts, self.children, strict=True):
            left = child.left[_index(first + which)]
            beside = _Run(left.shape[1], left.shape[2], every)  # the right sides
            for row in part.runs:
                for column in (*part.runs, beside):
                    block = left[:, row.begin : row.end, column.begin : column.end]
                    fronts[:, row.there, column.there] += block
        solved = np.linalg.solve(fronts[:, :own, :own], fronts[:, :own, own:])
        self._solved[_index(which)] = solved
        self.left[_index(which)] = fronts[:, own:, own:] - fronts[:, own:, :own] @ solved

    def substitute(self, unknowns: NDArray[np.float64]) -> None:
        """Enter the eliminated pixels of all boxes in (H * W, C), where their rings stand."""
        around = unknowns[self.corners[:, None] + self.plan.ring]  # (B, n - s, C)
        ring = around.shape[1]
        values = self._solved[..., ring:] - self._solved[..., :ring] @ around
        unknowns[self.corners[:, None] + self.plan.eliminated] = values


def _plan_levels(height: int, width: int) -> list[list[_Batch]]:
    """Return the batches of a picture, the whole picture first, the smallest boxes last."""
    level = [_Batch(_Plan.of(_Box(height, width), width), np.zeros(1, np.int64))]
    levels = []
    while level:
        levels.append(level)
        corners: dict[_Box, list[NDArray[np.int64]]] = {}
        firsts: list[list[int]] = []
        for parent in level:
            firsts.append([])
            for part in parent.plan.parts:
                placed = corners.setdefault(part.box, [])
                firsts[-1].append(sum(map(len, placed)))
                placed.append(parent.corners + part.offset)
        below = {
            box: _Batch(_Plan.of(box, width), np.concatenate(placed))
            for box, placed in corners.items()
        }
        for parent, first in zip(level, firsts, strict=True):
            boxes = (below[part.box] for part in parent.plan.parts)
            parent.children = list(zip(boxes, first, strict=True))
        level = list(below.values())
    return levels


def _index(which: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Return what finds the same, as a slice where they follow each other: nothing is copied."""
    first, last = int(which[0]), int(which[-1])
    return slice(first, last + 1) if last - first + 1 == len(which) else which


def _find_runs(places: NDArray[np.int64]) -> list[_Run]:
    """Cut the parent's places of a child's pixels where they do not follow each other."""
    cuts = np.flatnonzero(np.diff(places) != 1) + 1
    pieces = np.split(np.arange(len(places)), cuts)
    return [_Run(int(piece[0]), int(piece[-1]) + 1, int(places[piece[0]])) for piece in pieces]
