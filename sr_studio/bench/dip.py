"""Deep Image Prior: seconds an iteration and to a PSNR, against the authors' code written plainly."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from typing_extensions import override

from sr_studio.bench._plain_prior import fit_plainly
from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.device import choose_device
from sr_studio.engines.prior.half_weights import choose_fit_precision
from sr_studio.engines.prior.presets import find_preset
from sr_studio.engines.prior.problems import denoising_problem
from sr_studio.engines.prior.variance_stop import VarianceStop, sample_output
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.control import CancelToken
from sr_studio.jobs.progress import ReportingContext
from sr_studio.models.priors._registry import find_prior
from sr_studio.resource_files import resource_folder
from sr_studio.tensors.image_tensor import tensor_from_pixels

if TYPE_CHECKING:
    from torch import Tensor

    from sr_studio.engines.prior.presets import Quality
    from sr_studio.jobs.control import JobContext

_SIDE_PX = 128
_SIGMA = 25 / 255
_REACHED_DB = 25.0
_MOST_ITERATIONS = 400
_TIMED_ITERATIONS = 6
_STOP_ROUNDS = 200


class _Watched(ReportingContext):
    """Ends a fit as soon as a PSNR is reached, and knows when that was."""

    def __init__(self, context: JobContext) -> None:
        self._own = CancelToken()
        super().__init__(self._own, lambda _fraction, _note, _eta_s: None)
        self._watched = context
        self.fit: PriorFit | None = None
        self.reached_s: float | None = None

    @override
    def checkpoint(self) -> None:
        self._watched.checkpoint()
        if self.fit is None:
            return
        rows = self.fit.curves().values
        if len(rows) and np.nanmax(rows[-1, 2:]) >= _REACHED_DB:
            self.reached_s = time.perf_counter()
            self._own.finish_early()


def _run(context: JobContext) -> tuple[Measurement, ...]:
    device = choose_device("auto")
    truth, noisy = _pictures(device)
    iterations, seconds, reached_s = fit_plainly(
        noisy, truth, iterations=_MOST_ITERATIONS, reached_db=_REACHED_DB,
        checkpoint=context.checkpoint,
    )  # fmt: skip
    plain_s = seconds / iterations
    is_reached = reached_s is not None
    against = "the authors' code" if is_reached else "the authors' code, not there yet"
    measured = []
    pace_s = _seconds_an_iteration("paper", truth, noisy, context)
    measured.append(
        Measurement("the paper's network", pace_s, "s / it.", plain_s, plain_s / pace_s, against)
    )
    qualities: tuple[Quality, ...] = ("quick", "best")
    for quality in qualities:
        own_s = _seconds_to(quality, truth, noisy, context)
        measured.append(
            Measurement(
                f"{quality}, to {_REACHED_DB:g} dB", own_s, "s", seconds, seconds / own_s, against
            )
        )
    stop_s = _stop_seconds(noisy)
    share = 100 * stop_s / pace_s
    measured.append(
        Measurement("automatic stop", share, "% time", 2.0, 2.0 / share, "the bound of 2 %")
    )
    return tuple(measured)


def _pictures(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return a sample photo and the same with noise."""
    photo = decode_image(resource_folder() / "samples" / "astronaut.png").pixels
    small = imresize(photo, size=(_SIDE_PX, _SIDE_PX))
    truth = tensor_from_pixels(small)
    noise = torch.randn(truth.shape, generator=torch.Generator().manual_seed(7))
    return truth.contiguous().to(device), (truth + _SIGMA * noise).clamp(0, 1).to(device)


def _fit(
    quality: Quality, iterations: int, truth: Tensor, noisy: Tensor, context: _Watched
) -> PriorFit:
    preset = find_preset("denoise", quality)
    settings = replace(preset.settings(), iterations=iterations, stop="never")
    device = noisy.device
    return PriorFit(
        denoising_problem(noisy, truth.cpu()),
        find_prior(preset.prior),
        settings,
        device=device,
        precision=choose_fit_precision(device, "auto", is_8bit=True),
        context=context,
    )


def _seconds_to(quality: Quality, truth: Tensor, noisy: Tensor, context: JobContext) -> float:
    watched = _Watched(context)
    watched.fit = _fit(quality, 10 * _MOST_ITERATIONS, truth, noisy, watched)
    started_s = time.perf_counter()
    watched.fit.run()
    return (watched.reached_s or time.perf_counter()) - started_s


def _seconds_an_iteration(
    quality: Quality, truth: Tensor, noisy: Tensor, context: JobContext
) -> float:
    """Return the time of one, without what comes once."""
    times = []
    for iterations in (1, 1 + _TIMED_ITERATIONS):
        fit = _fit(quality, iterations, truth, noisy, _Watched(context))
        started_s = time.perf_counter()
        fit.run()
        times.append(time.perf_counter() - started_s)
    return (times[1] - times[0]) / _TIMED_ITERATIONS


def _stop_seconds(noisy: Tensor) -> float:
    """Return what looking for the best moment takes in an iteration."""
    stop = VarianceStop(window=100, patience=1000)
    started_s = time.perf_counter()
    for _ in range(_STOP_ROUNDS):
        stop.add(sample_output(noisy))
    float(noisy.sum())  # waits for the device
    return (time.perf_counter() - started_s) / _STOP_ROUNDS


BENCH = BenchSpec("dip", "Deep Image Prior", _run)
