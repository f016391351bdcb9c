"""What a restoration shows and gives back; no torch, so that the window can read it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer

StoppedBy: TypeAlias = Literal["iterations", "variance", "user", "time"]

COLUMNS = ("loss", "variance", "psnr", "average_psnr")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What was measured in each step: an iteration, or its part on one of several windows.

    Attributes:
        values: (steps, 4) float32, read-only: loss, variance of the last outputs, PSNR of the
            output and of the running average against the truth in dB; NaN where unknown.
        windows: steps that make an iteration.
    """

    values: NDArray[np.float32]
    windows: int = 1

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one of COLUMNS, (steps,)."""
        found: NDArray[np.float32] = self.values[:, COLUMNS.index(name)]
        return found

    def psnr_at(self, iteration: int) -> float | None:
        """Return the PSNR of the average after so many iterations; None where unknown.

        Of a picture in windows, that of the last window.
        """
        row = iteration * self.windows - 1
        known = self.column("average_psnr")
        if not 0 <= row < len(known) or math.isnan(known[row]):
            return None
        return float(known[row])


@dataclass(frozen=True, slots=True, eq=False)
class RestorePreview:
    """What is seen of a restoration while it runs.

    Attributes:
        image: as it is now, in the picture's depth.
        iteration: how many were done.
        curves: of all of them.
        best_iteration: where the outputs varied least so far; 0 before it is known.
    """

    image: ImageBuffer
    iteration: int
    curves: Curves
    best_iteration: int


@dataclass(frozen=True, slots=True, eq=False)
class Restoration:
    """What a restoration ended with.

    Attributes:
        image: the chosen moment, in the picture's depth, with its metadata.
        iteration: of that moment.
        iterations: that were done.
        best_iteration: where the outputs varied least; 0 where that is not known.
        stopped_by: "variance" where the automatic stop ended it.
        seconds: of this run, without pauses.
        curves: of all iterations.
        fallbacks: how often the loss jumped and the last good weights were taken again.
        windows: that the picture was fitted in.
        network: id of what was fitted.
        device: where it ran.
        precision: of the convolutions.
        notes: what the user should know, a sentence each.
        full_psnr: of `image` against the truth over all channels, in dB, where the fit was at a
            smaller working size: the curves are of that one. None otherwise.
    """

    image: ImageBuffer
    iteration: int
    iterations: int
    best_iteration: int
    stopped_by: StoppedBy
    seconds: float
    curves: Curves
    fallbacks: int
    windows: int
    network: str
    device: str
    precision: str
    notes: tuple[str, ...] = ()
    full_psnr: float | None = None
