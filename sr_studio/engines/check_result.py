"""Asks of every result whether it still is the source: its reduction must be close to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.upscale_result import ResultCheck
from sr_studio.errors import BadResult
from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.jobs.control import JobContext

MAP_STEPS = 8
"""The error map counts in this part of a step of 255."""

_LARGEST_MAP_PX = 256
# Measured on Set5: faithful networks 42 to 61 dB, Real-ESRGAN 24 to 36; red and blue swapped 10
# to 15, in one portrait 20; the negative 4 to 5.
_SUSPICIOUS_DB = 20.0
_SUSPICIOUS_PLACE = 0.15  # of white, the mean over a place: a black or wrong tile
_PLACE_PX = 8  # half the smallest tile; single pixels of hard edges differ more, and may
_FLAT = 1.0 / 255  # a range below this is one colour to the eye


class ValueRange:
    """The least and the greatest value seen so far."""

    def __init__(self) -> None:
        self.low = math.inf
        self.high = -math.inf

    def add(self, low: float, high: float) -> None:
        """Take in one tile.

        Raises:
            BadResult: the tile holds undefined or infinite numbers.
        """
        if not (math.isfinite(low) and math.isfinite(high)):
            raise BadResult(
                "The network returned undefined numbers, so the result was thrown away.",
                advice="Choose the precision fp32 or another device; if that does not help, "
                "verify the weights.",
            )
        self.low, self.high = min(self.low, low), max(self.high, high)

    @property
    def is_flat(self) -> bool:
        return self.high - self.low < _FLAT


def check_result(
    source: ImageBuffer,
    result: Pixels,
    area: Region,
    *,
    is_flat: bool,
    context: JobContext,
    mean_px: int = 1,
) -> ResultCheck:
    """Reduce `result` to the source's size, strip by strip, and compare.

    Where the result is smaller than the source, the source is reduced to its size instead: what
    a smaller picture cannot hold is no fault of it.

    Args:
        source: the original.
        result: (H', W', C) of the same channels; whole, or filled where `area` needs it.
        area: what of the source to compare, in its pixels.
        is_flat: the network's output had one value only.
        context: of the job.
        mean_px: compare only means over so many pixels a side: where noise was removed, single
            pixels must differ.

    Raises:
        BadResult: the result is of one colour and the source is not.
    """
    size = (
        max(1, min(source.width, result.shape[1]) // mean_px),
        max(1, min(source.height, result.shape[0]) // mean_px),
    )
    is_reduced = size != (source.width, source.height)
    if is_reduced:
        area = _scaled(area, size[0] / source.width, size[1] / source.height)
    cell_px = max(1, math.ceil(max(area.width, area.height) / _LARGEST_MAP_PX))
    squares, compared = 0.0, 0
    cells: list[NDArray[np.float64]] = []
    seen = [ValueRange() for _ in range(source.pixels.shape[2])]  # a solid red is flat, too
    for y in range(area.y, area.bottom, cell_px):
        context.checkpoint()
        rows = Region(area.x, y, area.width, min(cell_px, area.bottom - y))
        wanted = to_float(_part(source.pixels, size, rows, is_reduced=is_reduced))
        reduced = resize_region(result, size, rows)
        error = to_float(reduced) - wanted
        if source.alpha is not None:
            error *= _part(source.alpha[..., None], size, rows, is_reduced=is_reduced) > 0
        for channel, values in enumerate(seen):
            values.add(float(wanted[..., channel].min()), float(wanted[..., channel].max()))
        squares += float(np.sum(error * error, dtype=np.float64))
        compared += error.size
        columns = np.abs(error).mean(axis=(0, 2), dtype=np.float64)  # (W,)
        starts = np.arange(0, area.width, cell_px)
        counts = np.diff(starts, append=area.width)
        cells.append(np.add.reduceat(columns, starts) / counts)
    if is_flat and not all(values.is_flat for values in seen):
        raise BadResult(
            "The network returned one colour only, so the result was thrown away.",
            advice="Choose another device or network, or verify the weights.",
        )
    errors = np.array(cells)  # (h, w)
    error_map = np.minimum(np.rint(errors * (255 * MAP_STEPS)), 255).astype(np.uint8)
    error_map.flags.writeable = False
    mean_square = squares / compared
    psnr = math.inf if mean_square == 0 else -10 * math.log10(mean_square)
    worst = _worst_place(errors, -(-_PLACE_PX // (cell_px * mean_px)))
    is_good = psnr >= _SUSPICIOUS_DB and worst < _SUSPICIOUS_PLACE
    return ResultCheck(
        is_finite=True,
        is_flat=is_flat,
        consistency_psnr=psnr,
        error_map=error_map,
        verdict="good" if is_good else "suspicious",
        sentence=_sentence(psnr, worst),
    )


def _part(pixels: Pixels, size: tuple[int, int], rows: Region, *, is_reduced: bool) -> Pixels:
    """Return `rows` of the source, of the size that is compared."""
    return resize_region(pixels, size, rows) if is_reduced else pixels[rows.slices]


def _scaled(area: Region, across: float, down: float) -> Region:
    """Return the whole pixels that `area` touches in the reduced source."""
    x, y = math.floor(area.x * across), math.floor(area.y * down)
    return Region(
        x,
        y,
        max(1, math.ceil(area.right * across - 1e-9) - x),
        max(1, math.ceil(area.bottom * down - 1e-9) - y),
    )


def _worst_place(errors: NDArray[np.float64], cells: int) -> float:
    """Return the greatest mean over places of `cells` a side; those at the end are full ones."""
    height, width = errors.shape
    columns = np.minimum(np.arange(0, width, cells), max(0, width - cells))
    rows = np.minimum(np.arange(0, height, cells), max(0, height - cells))
    return max(float(errors[y : y + cells, x : x + cells].mean()) for y in rows for x in columns)


def _sentence(psnr: float, worst: float) -> str:
    if psnr < _SUSPICIOUS_DB:
        return (
            f"Reduced to one size, result and source differ more than they should "
            f"({psnr:.1f} dB): look closely before you use it."
        )
    if worst >= _SUSPICIOUS_PLACE:
        return (
            f"In one place the result differs from the source by {worst:.0%} of white: "
            f"look at the map of differences."
        )
    return f"Reduced to one size, result and source match ({psnr:.1f} dB)."
