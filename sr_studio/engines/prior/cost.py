"""What a fit will take, measured on a small piece before it starts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from sr_studio.degradations.linear.identity import Identity
from sr_studio.engines.deep_image_prior import PriorFit, PriorProblem
from sr_studio.engines.memory_probe import measure_peak_bytes
from sr_studio.engines.prior.objectives import Observation
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_PROBE_PX = 128
_PROBE_ITERATIONS = 3


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
    so that the true time is longer than this by up to a third.

    Args:
        spec: the network.
        settings: of the fit.
        width: of the picture.
        height: of the picture.
        device: where it will run.
        precision: of the convolutions.
        context: cancelled within one iteration.
    """
    multiple = spec.size_multiple
    side = math.ceil(_PROBE_PX / multiple) * multiple
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(1, 3, side, side, generator=generator).to(device)
    problem = PriorProblem(side, side, 3, lambda _window: Observation(Identity(), target))
    short = replace(settings, iterations=_PROBE_ITERATIONS, stop="never")

    def run(iterations: int) -> None:
        PriorFit(
            problem,
            spec,
            replace(short, iterations=iterations),
            device=device,
            precision=precision,
            context=OnlyCancellable(context),
        ).run()

    peak_bytes = measure_peak_bytes(lambda: run(1), device)  # warms up as well
    times = []
    for iterations in (1, _PROBE_ITERATIONS):
        started_s = time.perf_counter()
        run(iterations)
        times.append(time.perf_counter() - started_s)
    share = width * height / side**2
    seconds = max(times[1] - times[0], 1e-6) / (_PROBE_ITERATIONS - 1)
    return PriorCost(seconds * share, int(peak_bytes * share))
