"""Fits several networks to one picture with a hole, side by side: what each takes for natural."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.prior.network_grid import NetworkCell, NetworkGrid
from sr_studio.engines.prior.preview_pace import PreviewPace
from sr_studio.engines.prior.problems import make_problem, restored_picture
from sr_studio.errors import SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_TURN = 5  # iterations until it is the next one's turn


def compare_networks(
    damage: Damage,
    entrants: Sequence[tuple[PriorSpec, PriorSettings]],
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
    seconds: float = math.inf,
) -> NetworkGrid:
    """Fit each network to the same picture and mask, in turns, so that they grow side by side.

    Ulyanov et al., "Deep Image Prior", https://arxiv.org/abs/1711.10925, figure 6: what fills a
    hole depends on the depth and the structure of the network. All weights lie in memory at once,
    but the maps of one network only. One that fails ends alone.

    Args:
        damage: the picture and its missing pixels; the task is "inpaint".
        entrants: networks with their numbers; the stop is never looked for.
        device: where to run.
        precision: of the convolutions.
        context: cancelled within one iteration; finishing early returns what there is. Previews
            are NetworkGrids.
        seconds: that each may take; whoever is farthest from its end is next.
    """
    fits = [
        _Entrant(damage, spec, settings, device, precision, context, seconds)
        for spec, settings in entrants
    ]
    observed = _with_gray_hole(damage)
    previews = PreviewPace(context, device)

    def grid() -> NetworkGrid:
        return NetworkGrid(observed, damage.truth, tuple(fit.cell() for fit in fits))

    while running := [fit for fit in fits if not fit.is_over]:
        least = min(running, key=lambda fit: fit.progress)
        least.take_turn()
        note = f"{least.title}, iteration {least.iteration}"
        context.report(sum(fit.progress for fit in fits), len(fits), note)
        previews.offer(grid)
        if context.should_finish:
            break
    return grid()


class _Entrant:
    """One network of the comparison."""

    def __init__(
        self,
        damage: Damage,
        spec: PriorSpec,
        settings: PriorSettings,
        device: torch.device,
        precision: Precision,
        context: JobContext,
        seconds: float,
    ) -> None:
        self.title = spec.title
        self.iteration = 0
        self._damage = damage
        self._spec = spec
        self._iterations = settings.iterations
        self._context = context
        self._limit_s, self._spent_s = seconds, 0.0
        self._parameters = 0
        self._losses = np.empty(0, np.float32)
        self._problem = ""
        self._fit: PriorFit | None = None
        context.checkpoint()
        try:
            self._fit = PriorFit(
                make_problem(damage, device), spec, settings, device=device, precision=precision,
                context=OnlyCancellable(context),
            )  # fmt: skip
            self._parameters = self._fit.parameters
        except (torch.OutOfMemoryError, MemoryError, SrStudioError) as error:
            self._problem = _sentence(error)

    @property
    def is_over(self) -> bool:
        return self.progress >= 1

    @property
    def progress(self) -> float:
        """0 at the start, 1 at the end; whoever failed is at its end."""
        if self._fit is None:
            return 1.0
        return min(max(self.iteration / self._iterations, self._spent_s / self._limit_s), 1.0)

    def take_turn(self) -> None:
        """Do a few iterations."""
        for _ in range(_TURN):
            if self._fit is None or self.is_over:
                return
            self._context.checkpoint()  # does not return while the user pauses it
            started_s = time.monotonic()
            try:
                self._fit.advance()
            except (torch.OutOfMemoryError, MemoryError, SrStudioError) as error:
                self._problem = _sentence(error)
            self._spent_s += time.monotonic() - started_s
            if self._problem:
                self._losses = self._fit.curves().column("loss")
                self._fit = None  # its memory is the others'
                return
            self.iteration += 1

    def cell(self) -> NetworkCell:
        """Return how far it is; waits for the device."""
        cell = NetworkCell(
            self._spec.id, self.title, self._parameters, self.iteration, self._spent_s,
            None, self._losses, None, self._problem,
        )  # fmt: skip
        if self._fit is None:
            return cell
        moment = self._fit.moment()
        return replace(
            cell,
            image=restored_picture(moment.restored, self._damage),
            losses=moment.curves.column("loss"),
            psnr=_psnr_of_hole(moment.restored, self._damage),
        )


def _sentence(error: Exception) -> str:
    if isinstance(error, SrStudioError):
        return f"{error.message} {error.advice}".rstrip()
    return "It needs more memory than there is."


def _psnr_of_hole(restored: torch.Tensor, damage: Damage) -> float | None:
    """Return the PSNR of the missing pixels over all channels; None where it is not known.

    Args:
        restored: (1, C, H, W) in [0, 1], on the CPU.
        damage: with mask and truth.
    """
    truth, missing = damage.truth, damage.missing
    if truth is None or missing is None or not missing.any():
        return None
    found = restored[0].permute(1, 2, 0).numpy()[missing]
    wanted = to_float(truth.pixels)[missing]
    if found.shape != wanted.shape:
        return None
    error = float(np.mean((found - wanted) ** 2, dtype=np.float64))
    return math.inf if error == 0 else -10 * math.log10(error)


def _with_gray_hole(damage: Damage) -> ImageBuffer:
    image = damage.image
    if damage.missing is None:
        return image
    gray = from_float(np.full(1, 0.5, np.float32), image.pixels.dtype)
    pixels = np.where(damage.missing[..., None], gray, image.pixels)
    return ImageBuffer(pixels, None, image.origin)
