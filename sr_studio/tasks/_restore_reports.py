"""What is told of restorations that were written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sr_studio.engines.prior.restoration import Restoration


@dataclass(frozen=True, slots=True)
class RestoredPicture:
    """One picture that was written.

    Attributes:
        input: the damaged picture.
        output: the restored one.
        width: of the restored one.
        height: of the restored one.
        method: id of the network that was fitted, or of the classical method.
        seconds: in all.
        notes: what the user should know, a sentence each.
        psnr: against the truth, in dB over all channels, of the network's output before rounding,
            or of what a classical method wrote; None without a truth.
        best_psnr: along the run, of output or average; None at a working size.
        fit: how the fit went; None for a classical method.
    """

    input: Path
    output: Path
    width: int
    height: int
    method: str
    seconds: float
    notes: tuple[str, ...]
    psnr: float | None = None
    best_psnr: float | None = None
    fit: FitReport | None = None

    def text(self) -> str:
        parts = [
            f"{self.output}  {self.width} × {self.height}  {self.seconds:.1f} s  {self.method}"
        ]
        if self.fit is not None:
            parts.append(f"iteration {self.fit.iteration} of {self.fit.iterations}")
            parts.append(f"stopped by {self.fit.stopped_by}")
        if self.psnr is not None:
            best = "" if self.best_psnr is None else f" (best of the run {self.best_psnr:.2f} dB)"
            parts.append(f"{self.psnr:.2f} dB{best}")
        return "\n".join([", ".join(parts), *self.notes])


@dataclass(frozen=True, slots=True)
class FitReport:
    """How a fit went.

    Attributes:
        iteration: of the moment that was written.
        iterations: that were done.
        best_iteration: where the outputs varied least; 0 where that is not known.
        stopped_by: "variance", "iterations", "time" or "user".
        seconds_per_iteration: of the fit.
        loss: at the end.
        device: where it ran.
        precision: of the convolutions.
    """

    iteration: int
    iterations: int
    best_iteration: int
    stopped_by: str
    seconds_per_iteration: float
    loss: float
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class RestoredFolder:
    """Several pictures that were written.

    Attributes:
        output: the folder.
        pictures: what was written.
        failures: a sentence for each picture that was not.
    """

    output: Path
    pictures: tuple[RestoredPicture, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(picture.text() for picture in self.pictures)


def _notes(restoration: Restoration) -> tuple[str, ...]:
    notes = list(restoration.notes)
    if restoration.windows > 1:
        notes.append(f"The picture was fitted in {restoration.windows} windows by turns.")
    if restoration.fallbacks:
        notes.append(
            f"The loss jumped {restoration.fallbacks} times; the last good state was taken again."
        )
    return tuple(notes)


def report_restoration(
    source: Path,
    output: Path,
    restoration: Restoration,
    *,
    seconds: float,
    notes: tuple[str, ...],
) -> RestoredPicture:
    import numpy as np

    curves, image = restoration.curves, restoration.image
    loss = curves.column("loss")
    psnr, best = restoration.full_psnr, None
    if psnr is None and (psnr := curves.psnr_at(restoration.iteration)) is not None:
        best = float(np.nanmax([curves.column("psnr"), curves.column("average_psnr")]))
    return RestoredPicture(
        source,
        output,
        image.width,
        image.height,
        restoration.network,
        seconds,
        (*notes, *_notes(restoration)),
        psnr=psnr,
        best_psnr=best,
        fit=FitReport(
            restoration.iteration,
            restoration.iterations,
            restoration.best_iteration,
            restoration.stopped_by,
            restoration.seconds / max(restoration.iterations, 1),
            float(loss[-1]) if len(loss) else math.nan,
            restoration.device,
            restoration.precision,
        ),
    )
