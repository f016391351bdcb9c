"""Runs several fits in turns, an iteration of each at a time, so that they grow side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.prior.fits_compared import FitsCompared
from sr_studio.errors import BadResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sr_studio.engines.deep_image_prior import PriorFit, PriorMoment
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


def run_in_turns(
    fits: Mapping[str, PriorFit],
    iterations: int,
    picture_of: Callable[[PriorMoment], ImageBuffer],
    context: JobContext,
    *,
    psnr_of: Callable[[ImageBuffer], float] | None = None,
) -> FitsCompared:
    """Advance all fits, and return where they stand; one that fails does not end the others.

    Args:
        fits: by name; their own context should only cancel.
        iterations: of each.
        picture_of: what is shown of a moment.
        context: cancelled within one iteration; finishing early returns what there is. Previews
            are FitsCompareds.
        psnr_of: measures a picture, where the truth is known.

    Raises:
        BadResult: all of them failed.
    """
    problems = dict.fromkeys(fits, "")

    def compared() -> FitsCompared:
        moments = [fit.moment() for fit in fits.values()]
        pictures = tuple(picture_of(moment) for moment in moments)
        psnrs = tuple(None if psnr_of is None else psnr_of(picture) for picture in pictures)
        columns = [moment.curves.column("loss") for moment in moments]
        return FitsCompared(tuple(fits), _rows(columns), pictures, psnrs, tuple(problems.values()))

    for iteration in range(1, iterations + 1):
        for name, fit in fits.items():
            context.checkpoint()
            if not problems[name]:
                try:
                    fit.advance()
                except BadResult as error:
                    problems[name] = error.message
                    if all(problems.values()):
                        raise
        context.report(iteration, iterations, f"iteration {iteration}")
        context.offer_preview(compared)
        if context.should_finish:
            break
    return compared()


def _rows(
    columns: list[np.ndarray[tuple[int], np.dtype[np.float32]]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return (fits, iterations), read-only, NaN where one has fewer."""
    losses = np.full((len(columns), max(map(len, columns))), np.nan, np.float32)
    for row, column in zip(losses, columns, strict=True):
        row[: len(column)] = column
    losses.flags.writeable = False
    return losses
