"""Finds for every patch of a picture a transformed patch of its pyramid that looks like it.

Generalised PatchMatch: C. Barnes, E. Shechtman, D. B. Goldman, A. Finkelstein: "The Generalized
PatchMatch Correspondence Algorithm", ECCV 2010, as SelfExSR uses it (see `self_exemplars`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

PATCH_PX = 5
REACH_PX = PATCH_PX // 2
_WEIGHT_SIGMA_PX = 3.0  # of the Gaussian falloff within a patch
_LARGEST_SCALE = 8.0
_LARGEST_BIAS = 0.25
_SCALE_COST = 1e-3
_COLOURS = 3  # costs are balanced for sums over RGB; luma stands for all three
_SCALE_RANGE, _TURN_RANGE, _SHEAR_RANGE = 1.0, math.pi / 4, 0.05  # of random search, full widths
_DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # (x, y)
_FIRST_SCALE = 2.0
_CHUNK = 1 << 15  # patches at once: their pixels stay in the cache

# Rows of a transform: source = (a dx + b dy + x, c dx + d dy + y)
_A, _B, _C, _D, _X, _Y = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The coarser levels of a pyramid side by side, as seen from the level that is made.

    Attributes:
        low: (h, w) the levels without their highest octave: what patches are compared with.
        high: (h, w) the levels themselves: what patches are made of.
        left: (levels,) column at which each begins.
        sides: (2, levels) width and height of each.
        ratios: (2, levels) width and height of each over those of the level that is made.
    """

    low: Tensor
    high: Tensor
    left: Tensor
    sides: Tensor
    ratios: Tensor


def make_atlas(lows: Sequence[Tensor], highs: Sequence[Tensor], size: tuple[int, int]) -> Atlas:
    """Lay levels side by side.

    Args:
        lows: (h, w) of each level, the finest first.
        highs: the same.
        size: (width, height) of the level that is made.
    """
    height = highs[0].shape[0]

    def lay(levels: Sequence[Tensor]) -> Tensor:
        return torch.cat([F.pad(each, (0, 0, 0, height - each.shape[0])) for each in levels], 1)

    device = highs[0].device
    sides = torch.tensor([[each.shape[1], each.shape[0]] for each in highs], device=device).T
    left = torch.cumsum(sides[0], 0) - sides[0]
    ratios = sides / torch.tensor(size, device=device)[:, None]
    return Atlas(lay(lows), lay(highs), left.float(), sides.float(), ratios.float())


class TransformField:
    """For every patch of a level: where in the picture its likeness lies, and how it is turned.

    A transform is affine: it maps the patch's own pixels, (dx, dy) around its centre, to the
    level's pixels. Its scale decides from which coarser level the likeness is read.

    Args:
        size: (width, height) of the level, at least a patch each.
        step: scale between two levels of the pyramid, above 1.
        levels: how many coarser levels there are.
        generator: of the random search; its device is where everything is computed.
    """

    def __init__(
        self, size: tuple[int, int], step: float, levels: int, generator: torch.Generator
    ) -> None:
        self.size = size
        self._step = step
        self._levels = levels
        self._generator = generator
        self._device = generator.device
        self._columns = size[0] - PATCH_PX + 1
        self._rows = size[1] - PATCH_PX + 1
        around = torch.arange(-REACH_PX, REACH_PX + 1, device=self._device)
        self._dy = around.repeat_interleave(PATCH_PX).float()[:, None]  # (25, 1)
        self._dx = around.repeat(PATCH_PX).float()[:, None]
        weights = torch.exp(-(self._dx**2 + self._dy**2) / (2 * _WEIGHT_SIGMA_PX**2))
        self._weights = weights / weights.sum()
        self.count = self._columns * self._rows
        x, y = self._centres(torch.arange(self.count, device=self._device))
        zero = torch.zeros_like(x)
        scale = torch.full_like(x, _FIRST_SCALE)
        self._transforms = torch.stack([scale, zero, zero, scale, x, y])  # (6, N)
        self._costs = zero.clone()
        self._biases = zero.clone()

    def take_over(self, coarser: TransformField) -> None:
        """Start from what was found for the level before."""
        index = torch.arange(self.count, device=self._device)
        x, y = self._centres(index)
        ratio_x = coarser.size[0] / self.size[0]
        ratio_y = coarser.size[1] / self.size[1]
        # the patch of the coarser level whose centre lies nearest
        last_x, last_y = coarser.size[0] - 1 - REACH_PX, coarser.size[1] - 1 - REACH_PX
        old_x = ((x + 0.5) * ratio_x - 0.5).round().clamp(REACH_PX, last_x)
        old_y = ((y + 0.5) * ratio_y - 0.5).round().clamp(REACH_PX, last_y)
        column, row = (old_x - REACH_PX).long(), (old_y - REACH_PX).long()
        found = coarser._transforms[:, row * coarser._columns + column].clone()
        found[_X] = (found[_X] + 0.5) / ratio_x - 0.5
        found[_Y] = (found[_Y] + 0.5) / ratio_y - 0.5
        dx = x - ((old_x + 0.5) / ratio_x - 0.5)
        dy = y - ((old_y + 0.5) / ratio_y - 0.5)
        self._transforms = _translate(found, dx, dy)
        self._transforms[_X].clamp_(REACH_PX, self.size[0] - 1 - REACH_PX)
        self._transforms[_Y].clamp_(REACH_PX, self.size[1] - 1 - REACH_PX)

    def measure(self, target: Tensor, atlas: Atlas) -> None:
        """Compute the costs anew for `target`, (H, W)."""
        for index in self._chunks():
            self._costs[index], self._biases[index] = self._cost(
                target, atlas, index, self._transforms[:, index]
            )

    def improve(self, target: Tensor, atlas: Atlas, checkpoint: Callable[[], None]) -> float:
        """Search once at random around what is known, then let neighbours learn of it.

        Args:
            target: (H, W), the level as it is known so far.
            atlas: of its pyramid.
            checkpoint: called after each chunk of patches.

        Returns:
            The mean cost.
        """
        is_new = torch.zeros(self.count, dtype=torch.bool, device=self._device)
        for index in self._chunks():
            self._search(target, atlas, index, is_new)
            checkpoint()
        for direction in _DIRECTIONS:
            self._propagate(target, atlas, direction, is_new, checkpoint)
        return float(self._costs.mean())

    def vote(self, atlas: Atlas, checkpoint: Callable[[], None]) -> Tensor:
        """Return (H, W): every pixel is the weighted mean of the patches that cover it."""
        total = torch.zeros(self.size[1], self.size[0], device=self._device)
        weight = torch.zeros_like(total)
        rows_at_once = max(1, _CHUNK // self._columns)
        for top in range(0, self._rows, rows_at_once):
            bottom = min(top + rows_at_once, self._rows)
            span = slice(top * self._columns, bottom * self._columns)
            patches = self._sample(atlas, atlas.high, self._transforms[:, span])
            patches = (patches + self._biases[span]) * self._weights
            for number, part in enumerate(patches.view(-1, bottom - top, self._columns)):
                y, x = divmod(number, PATCH_PX)
                rows = slice(top + y, bottom + y)
                total[rows, x : x + self._columns] += part
                weight[rows, x : x + self._columns] += self._weights[number]
            checkpoint()
        return total / weight

    def _search(self, target: Tensor, atlas: Atlas, index: Tensor, is_new: Tensor) -> None:
        radius = max(self.size) / 4
        turn = 1
        while radius > 1:
            turn += 1
            radius /= 2
            candidates = self._draw(self._transforms[:, index], radius, turn)
            is_valid = self._is_inside(candidates) & self._has_valid_scale(candidates)
            chosen = is_valid.nonzero().flatten()
            self._accept(target, atlas, index[chosen], candidates[:, chosen], is_new)

    def _draw(self, transforms: Tensor, radius: float, turn: int) -> Tensor:
        """Return (6, n) candidates around `transforms`, nearer with every turn."""
        random = torch.rand(
            6, transforms.shape[1], generator=self._generator, device=self._device
        ).sub_(0.5)
        scale = 1 + _SCALE_RANGE / turn * random[0]
        angle = _TURN_RANGE / turn * random[1]
        shear_x, shear_y = _SHEAR_RANGE / turn * random[2], _SHEAR_RANGE / turn * random[3]
        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        # scale * rotation * shear, from the left
        m00, m10 = cos - sin * shear_y, sin + cos * shear_y
        m01, m11 = cos * shear_x - sin, sin * shear_x + cos
        a, b, c, d = transforms[_A], transforms[_B], transforms[_C], transforms[_D]
        return torch.stack(
            [
                m00 * a + m01 * c,
                m00 * b + m01 * d,
                m10 * a + m11 * c,
                m10 * b + m11 * d,
                transforms[_X] + 2 * radius * random[4],
                transforms[_Y] + 2 * radius * random[5],
            ]
        )

    def _propagate(
        self,
        target: Tensor,
        atlas: Atlas,
        direction: tuple[int, int],
        is_new: Tensor,
        checkpoint: Callable[[], None],
    ) -> None:
        """Offer what is new to the neighbour in `direction`, and on to its neighbour."""
        dx, dy = direction
        frontier = is_new.nonzero().flatten()
        while len(frontier):
            column, row = frontier % self._columns + dx, frontier // self._columns + dy
            is_there = (column >= 0) & (column < self._columns) & (row >= 0) & (row < self._rows)
            source = frontier[is_there]
            reached = []
            for part in torch.split(source, _CHUNK):
                index = part + dy * self._columns + dx
                candidates = _translate(self._transforms[:, part], dx, dy)
                gap = (candidates[_X : _Y + 1] - self._transforms[_X : _Y + 1, index]).abs()
                is_other = (gap > 1).any(0) & self._is_inside(candidates)
                chosen = is_other.nonzero().flatten()
                reached.append(
                    self._accept(target, atlas, index[chosen], candidates[:, chosen], is_new)
                )
                checkpoint()
            frontier = torch.cat(reached) if reached else source

    def _accept(
        self, target: Tensor, atlas: Atlas, index: Tensor, candidates: Tensor, is_new: Tensor
    ) -> Tensor:
        """Take over the candidates that cost less; return the patches that got one."""
        if not len(index):
            return index
        costs, biases = self._cost(target, atlas, index, candidates)
        better = (costs < self._costs[index]).nonzero().flatten()
        improved = index[better]
        self._transforms[:, improved] = candidates[:, better]
        self._costs[improved] = costs[better]
        self._biases[improved] = biases[better]
        is_new[improved] = True
        return improved

    def _cost(
        self, target: Tensor, atlas: Atlas, index: Tensor, transforms: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return (n,) costs and biases: difference of the looks, and a price on small scales."""
        source = self._sample(atlas, atlas.low, transforms)
        row, column = index // self._columns, index % self._columns
        windows = target.unfold(0, PATCH_PX, 1).unfold(1, PATCH_PX, 1).permute(2, 3, 0, 1)
        difference = windows[:, :, row, column].reshape(PATCH_PX**2, -1).sub_(source)  # (25, n)
        bias = difference.mean(0).clamp_(-_LARGEST_BIAS, _LARGEST_BIAS)
        looks = (self._weights.T @ difference.sub_(bias).square_())[0]
        scales = _scale_of(transforms)
        return _COLOURS * looks + _SCALE_COST * (self._step - scales).clamp_(min=0), bias

    def _sample(self, atlas: Atlas, levels: Tensor, transforms: Tensor) -> Tensor:
        """Return (25, n) the pixels of transformed patches, bilinear, at the level of their scale.

        Args:
            atlas: where the levels lie.
            levels: its `low` or `high`.
            transforms: (6, n).
        """
        level = (_scale_of(transforms).log_() / math.log(self._step)).round_()
        level = level.clamp_(1, self._levels).long() - 1
        a, b, c, d, x, y = transforms.unbind()
        ratio_x, ratio_y = atlas.ratios[0, level], atlas.ratios[1, level]
        columns = self._dx * (a * ratio_x) + self._dy * (b * ratio_x) + x * ratio_x  # (25, n)
        rows = self._dx * (c * ratio_y) + self._dy * (d * ratio_y) + y * ratio_y
        columns += 0.5 * ratio_x - 0.5  # pixel centres lie at half integers
        rows += 0.5 * ratio_y - 0.5
        zero = torch.zeros_like(ratio_x)
        columns = torch.clamp(columns, zero, atlas.sides[0, level] - 1) + atlas.left[level]
        rows = torch.clamp(rows, zero, atlas.sides[1, level] - 1)
        height, width = levels.shape
        columns.mul_(2 / max(width - 1, 1)).sub_(1)
        rows.mul_(2 / max(height - 1, 1)).sub_(1)
        grid = torch.stack([columns, rows], -1)[:, :, None]  # (25, n, 1, 2): 25 run in parallel
        picture = levels.expand(len(grid), 1, height, width)
        return F.grid_sample(picture, grid, padding_mode="border", align_corners=True)[:, 0, :, 0]

    def _centres(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return x and y of the centres of patches."""
        return (index % self._columns + REACH_PX).float(), (
            index // self._columns + REACH_PX
        ).float()

    def _chunks(self) -> tuple[Tensor, ...]:
        return torch.split(torch.arange(self.count, device=self._device), _CHUNK)

    def _is_inside(self, transforms: Tensor) -> Tensor:
        x, y = transforms[_X], transforms[_Y]
        last_x, last_y = self.size[0] - 1 - REACH_PX, self.size[1] - 1 - REACH_PX
        return (x >= REACH_PX) & (x <= last_x) & (y >= REACH_PX) & (y <= last_y)

    def _has_valid_scale(self, transforms: Tensor) -> Tensor:
        scales = _scale_of(transforms)
        return (scales >= self._step) & (scales <= _LARGEST_SCALE)


def _scale_of(transforms: Tensor) -> Tensor:
    """Return (n,) the side of what a square of side 1 becomes, were it a square again."""
    return (transforms[_A] * transforms[_D] - transforms[_B] * transforms[_C]).abs_().sqrt_()


def _translate(transforms: Tensor, dx: Tensor | int, dy: Tensor | int) -> Tensor:
    """Return the transforms as seen from a patch that lies (dx, dy) further."""
    moved = transforms.clone()
    moved[_X] += transforms[_A] * dx + transforms[_B] * dy
    moved[_Y] += transforms[_C] * dx + transforms[_D] * dy
    return moved
