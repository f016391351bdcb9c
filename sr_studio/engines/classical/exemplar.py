"""Exemplar filling: a hole becomes what the rest of the picture is like, texture and all.

Yonatan Wexler, Eli Shechtman, Michal Irani, "Space-Time Completion of Video", TPAMI 29, 2007,
https://doi.org/10.1109/TPAMI.2007.60, on one picture: in turns each patch over the hole looks for
the known patch that is most like it, and each missing pixel becomes what the matches of the
patches over it say, from a small picture to the full one. The search is PatchMatch
(`_patch_field`). Alasdair Newson et al., "Video Inpainting of Complex Scenes", SIAM Journal on
Imaging Sciences 7, 2014, https://doi.org/10.1137/140954933, for the start: the smallest picture is
filled from the rim inwards (`_onion`), and the last votes go to the best patch alone, so that
nothing blurs.

It looks at what it is given only: crop a large picture to the surroundings of its hole first.
Where no patch of 7 x 7 pixels is wholly known (half of all pixels missing at random), it returns
the biharmonic filling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sr_studio.engines.classical import biharmonic
from sr_studio.engines.classical._spec import ClassicalFilter, check_arguments
from sr_studio.engines.inpainting.holes import depths_px
from sr_studio.imaging.resize import imresize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.engines.classical._patch_field import PatchField
    from sr_studio.jobs.control import JobContext

    Mask: TypeAlias = NDArray[np.bool_]
    Picture: TypeAlias = NDArray[np.float32]

_THIN_PX = 5  # a hole no deeper than this is filled from its rim at once
_LEAST_PX = 24  # shorter side of the smallest picture
_LEAST_SOURCES = 64  # known patches below which there is nothing to choose from
_BRUTE = 60_000_000  # comparisons up to which every patch is compared with every other
_ROUNDS = (10, 6, 4, 3, 2)  # from the smallest picture; the last counts for all larger ones
_QUANTILE = 0.75
_RIM = 1.3  # a pixel further in counts so many times less
_SEED = 0


def _inpaint(
    picture: Picture,
    *,
    sigma: float | None = None,
    missing: Mask | None = None,
    scale: int = 1,
    context: JobContext,
) -> Picture:
    check_arguments("inpaint", picture, sigma=sigma, missing=missing, scale=scale)
    result = picture.copy()
    if missing is not None and missing.any():
        levels = _levels(picture, missing)
        if levels is None:
            return biharmonic.FILTER.run(picture, missing=missing, context=context)
        result[missing] = _fill(levels, context)[missing]
    context.report(1, 1)
    return result


def _levels(picture: Picture, missing: Mask) -> list[tuple[Picture, Mask]] | None:
    """Return the picture and its halves, smallest first; None where nothing can be copied."""
    levels = [(np.clip(np.where(missing[..., None], 0, picture), 0, 1), missing)]
    while depths_px(levels[-1][1]).max() > _THIN_PX and min(levels[-1][1].shape) >= 2 * _LEAST_PX:
        levels.append(_half(*levels[-1]))
    while levels and not _has_sources(levels[-1][1]):
        levels.pop()
    return levels[::-1] or None


def _half(picture: Picture, missing: Mask) -> tuple[Picture, Mask]:
    """Reduce by 2: a pixel is known where some of it was, and is the mean of that."""
    height, width = missing.shape
    size = -(-width // 2), -(-height // 2)
    known = (~missing).astype(np.float32)[..., None]
    weights = imresize(known, size=size, kernel="bilinear")
    sums = imresize(picture * known, size=size, kernel="bilinear")
    return (
        np.asarray(sums / np.maximum(weights, 1e-4), np.float32),
        np.asarray(weights[..., 0] < 0.5, np.bool_),
    )


def _has_sources(missing: Mask) -> bool:
    from sr_studio.engines.classical._patch_field import PATCH_PX

    if min(missing.shape) < PATCH_PX:
        return False
    touched = np.lib.stride_tricks.sliding_window_view(missing, (PATCH_PX, PATCH_PX))
    return int((~touched.any(axis=(2, 3))).sum()) >= _LEAST_SOURCES


def _fill(levels: list[tuple[Picture, Mask]], context: JobContext) -> Picture:
    """Return the largest picture, filled."""
    from sr_studio.engines.classical._onion import fill_from_the_rim

    random = np.random.default_rng(_SEED)
    smallest, hole = levels[0]
    filled = fill_from_the_rim(smallest, hole, context)
    field: PatchField | None = None
    sizes = [int(missing.sum()) for _, missing in levels]
    for number, (known, missing) in enumerate(levels):
        if number:
            height, width = missing.shape
            larger = imresize(filled, size=(width, height), kernel="bilinear")
            filled = np.where(missing[..., None], larger, known)
        field = _start(filled, missing, field, random)
        rounds = _ROUNDS[min(number, len(_ROUNDS) - 1)]
        for turn in range(rounds):
            context.checkpoint()
            is_small = len(field.targets) * len(field.sources) <= _BRUTE
            if is_small:
                field.match_all()
            else:
                field.improve()
            is_last = number == len(levels) - 1 and turn == rounds - 1
            filled = _vote(filled, missing, field, is_sharp=is_last)
            if not is_last:
                field.look_again(filled)
            done = sum(sizes[:number]) + sizes[number] * (turn + 1) / rounds
            context.report(done, sum(sizes))
    return filled


def _start(
    filled: Picture, missing: Mask, smaller: PatchField | None, random: np.random.Generator
) -> PatchField:
    """Return the field of a picture, its matches those of the picture of half the size."""
    from sr_studio.engines.classical._patch_field import PatchField

    field = PatchField(filled, missing, random)
    y, x = np.divmod(field.targets, field.columns)
    if smaller is None:
        field.take(field.sources[random.integers(len(field.sources), size=len(y))])
        return field
    offsets = np.zeros((2, smaller.rows * smaller.columns), np.int64)
    small_y, small_x = np.divmod(smaller.targets, smaller.columns)
    match_y, match_x = np.divmod(smaller.matches, smaller.columns)
    offsets[0, smaller.targets] = match_y - small_y
    offsets[1, smaller.targets] = match_x - small_x
    there = np.minimum(y // 2, smaller.rows - 1) * smaller.columns
    there += np.minimum(x // 2, smaller.columns - 1)
    new_y = np.clip(y + 2 * offsets[0, there], 0, field.rows - 1)
    new_x = np.clip(x + 2 * offsets[1, there], 0, field.columns - 1)
    field.take(new_y * field.columns + new_x)
    return field


def _vote(filled: Picture, missing: Mask, field: PatchField, *, is_sharp: bool) -> Picture:
    """Return the picture with each missing pixel as the patches over it say.

    Args:
        filled: as it is now.
        missing: its hole.
        field: where each patch found its like.
        is_sharp: the best patch decides alone.
    """
    from sr_studio.engines.classical._patch_field import PATCH_PX

    height, width = missing.shape
    depth = depths_px(missing)
    distances = field.distances.numpy()
    y, x = np.divmod(field.targets, field.columns)
    middle = PATCH_PX // 2
    spread = max(float(np.quantile(distances, _QUANTILE)), 1e-3)
    weights = np.exp(-distances / (2 * spread)) * _RIM ** -depth[y + middle, x + middle]
    match_y, match_x = np.divmod(field.matches, field.columns)
    pixels = filled.reshape(height * width, -1)
    sums = np.zeros((height * width, pixels.shape[1]))
    totals = np.zeros(height * width)
    asked, corners = missing.ravel(), y * width + x
    sources = match_y * width + match_x
    for offset in (dy * width + dx for dy in range(PATCH_PX) for dx in range(PATCH_PX)):
        which = np.flatnonzero(asked[corners + offset])
        to, weight = corners[which] + offset, weights[which]
        if is_sharp:  # every place is named once for each offset
            is_better = weight > totals[to]
            which, to, weight = which[is_better], to[is_better], weight[is_better]
            sums[to] = pixels[sources[which] + offset]
            totals[to] = weight
        else:
            sums[to] += pixels[sources[which] + offset] * weight[:, None]
            totals[to] += weight
    result = pixels.copy()
    voted = totals > 0
    result[voted] = sums[voted] if is_sharp else sums[voted] / totals[voted, None]
    return result.reshape(filled.shape)


FILTER = ClassicalFilter(
    id="exemplar",
    title="Texture from the picture",
    paper="Y. Wexler, E. Shechtman, M. Irani: Space-Time Completion of Video, TPAMI 29, 2007,"
    " https://doi.org/10.1109/TPAMI.2007.60",
    tasks=frozenset({"inpaint"}),
    run=_inpaint,
    has_order=True,
)
