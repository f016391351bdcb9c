"""What a fit will take, measured on a small piece before it starts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.memory_probe import measure_peak_bytes
from sr_studio.engines.prior.problems import denoising_problem
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_PROBE_PX = 128
_TIMED_ITERATIONS = 2


@dataclass(frozen=True, slots=True)
class PriorCost:
    """What one iteration takes.

    Attributes:
        seconds: of an iteration on the whole picture.
        memory_bytes: at its peak, where the picture is fitted as a whole.
    """

    seconds: float
    memory_bytes: int


def measure_cost(
    spec: PriorSpec,
    settings: PriorSettings,
    width: int,
    height: int,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> PriorCost:
    """Run a few iterations on a small piece and scale what they took by the number of pixels.

    Both grow with the pixels: all layers are convolutions. Large maps leave the processor's cache,
    so that the true time may be longer.

    Args:
        spec: the network.
        settings: of the fit.
        width: of the picture.
        height: of the picture.
        device: where it will run.
        precision: of the convolutions.
        context: cancelled within one iteration.
    """
    memory_bytes = measure_memory_bytes(
        spec, settings, width, height, device=device, precision=precision, context=context
    )
    fit = _small_fit(spec, settings, device, precision, context)
    fit.advance()  # what comes once
    started_s = time.perf_counter()
    for _ in range(_TIMED_ITERATIONS):
        context.checkpoint()
        fit.advance()
    seconds = (time.perf_counter() - started_s) / _TIMED_ITERATIONS
    return PriorCost(seconds * width * height / _probe_px(spec) ** 2, memory_bytes)


def measure_memory_bytes(
    spec: PriorSpec,
    settings: PriorSettings,
    width: int,
    height: int,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> int:
    """Return what a picture fitted as a whole takes at its peak; as `measure_cost`."""
    context.checkpoint()
    peak_bytes = measure_peak_bytes(
        lambda: _small_fit(spec, settings, device, precision, context).advance(), device
    )
    return int(peak_bytes * width * height / _probe_px(spec) ** 2)


def _small_fit(
    spec: PriorSpec,
    settings: PriorSettings,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> PriorFit:
    side = _probe_px(spec)
    target = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)
    return PriorFit(
        denoising_problem(target), spec, settings, device=device, precision=precision,
        context=OnlyCancellable(context),
    )  # fmt: skip


def _probe_px(spec: PriorSpec) -> int:
    return math.ceil(_PROBE_PX / spec.size_multiple) * spec.size_multiple
