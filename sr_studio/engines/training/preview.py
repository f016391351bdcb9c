"""What a viewer sees of a running training; free of torch, so that a window may import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPreview:
    """A state of the training; all arrays are read-only.

    Attributes:
        step: optimiser steps done.
        steps: of the whole schedule; None where the clock ends it.
        losses: (N, 2) of step and mean loss over the steps since the point before, at most a
            thousand points for the whole run.
        psnrs: (M, 2) of step and validation PSNR in dB.
        best_psnr: the highest of `psnrs`; None before the first validation.
        baseline_name: what the network is held against: "bicubic", or "gray" for colorizers.
        baseline_psnr: its dB on the same pictures; None without any.
        images_per_s: crops learned from, per second.
        data_wait: share of the time that steps waited for data, from 0 to 1.
        left_s: seconds to the end; None while unknown.
        restored: the first validation picture by the averaged weights at the last validation,
            (H, W, 3) uint8; None before it.
        baseline: what it makes of the same picture, the same shape; or None.
        truth: what it should be, the same shape; or None.
    """

    step: int
    steps: int | None
    losses: NDArray[np.float32]
    psnrs: NDArray[np.float32]
    best_psnr: float | None
    baseline_name: str
    baseline_psnr: float | None
    images_per_s: float
    data_wait: float
    left_s: float | None
    restored: Pixels | None
    baseline: Pixels | None
    truth: Pixels | None
