"""Gives a result the source's tone: what differs over large areas is added back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sr_studio.imaging.image_buffer import from_float, to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region
from sr_studio.imaging.srgb_curve import linear_to_srgb, srgb_to_linear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

    Floats: TypeAlias = NDArray[np.float32]

BLOCK_PX = 8  # source pixels; what is finer than this is detail and stays the network's

TONE_REACH_PX = 3 * BLOCK_PX
"""How far around a region, in source pixels, its tone depends on the picture."""


def blocks_around(region: Region, width: int, height: int) -> Region:
    """Return the part of a width x height source whose tone must be known for `region`."""
    grown = region.grow(TONE_REACH_PX)
    x, y = grown.x // BLOCK_PX * BLOCK_PX, grown.y // BLOCK_PX * BLOCK_PX
    right, bottom = -(-grown.right // BLOCK_PX), -(-grown.bottom // BLOCK_PX)
    aligned = Region(x, y, right * BLOCK_PX - x, bottom * BLOCK_PX - y)
    return aligned.intersect(Region(0, 0, width, height))


def match_tone(
    source: Pixels, result: Pixels, scale: int, area: Region, context: JobContext
) -> None:
    """Correct `result` in place so that its low frequencies are the source's.

    Means over blocks of both pictures are compared in linear light, where blurring is what a
    lens does; the difference is enlarged smoothly and added back. Pictures are taken to be
    encoded as sRGB, which is close enough for any common profile since only differences count.

    Args:
        source: (H, W, C).
        result: (H*scale, W*scale, C), any depth; overwritten.
        scale: whole factor.
        area: what of the source is covered by `result`, from `blocks_around`.
        context: of the job.
    """
    height, width = source.shape[:2]
    grid = (-(-width // BLOCK_PX), -(-height // BLOCK_PX))
    difference = np.zeros((grid[1], grid[0], source.shape[2]), np.float32)
    for rows in _strips(area):
        context.checkpoint()
        enlarged = rows.scale(scale)
        wanted = _block_means(source[rows.slices], BLOCK_PX)
        found = _block_means(result[enlarged.slices], BLOCK_PX * scale)
        y, x = rows.y // BLOCK_PX, rows.x // BLOCK_PX
        difference[y, x : x + wanted.shape[1]] = (wanted - found)[0]
    side_px = BLOCK_PX * scale
    for rows in _strips(area):
        context.checkpoint()
        target = rows.scale(scale)
        smooth = resize_region(
            difference, (grid[0] * side_px, grid[1] * side_px), target, kernel="bilinear"
        )
        linear = srgb_to_linear(to_float(result[target.slices])) + smooth
        result[target.slices] = from_float(linear_to_srgb(linear), result.dtype)


def _strips(area: Region) -> Iterator[Region]:
    """Yield rows of blocks; `area` starts at a block."""
    for y in range(area.y, area.bottom, BLOCK_PX):
        yield Region(area.x, y, area.width, min(BLOCK_PX, area.bottom - y))


def _block_means(strip: Pixels, side_px: int) -> Floats:
    """Return (1, blocks, C): the mean light of each block of a strip of at most one block."""
    columns = srgb_to_linear(to_float(strip)).mean(axis=0, dtype=np.float64)  # (W, C)
    starts = np.arange(0, len(columns), side_px)
    counts = np.diff(starts, append=len(columns))
    sums = np.add.reduceat(columns, starts, axis=0)  # (blocks, C)
    means: Floats = (sums / counts[:, None]).astype(np.float32)
    return means[None]
