"""The fit of an untrained network to one picture."""

from __future__ import annotations

import itertools
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from sr_studio.degradations.linear.downsampling import Downsampling
from sr_studio.degradations.linear.identity import Identity
from sr_studio.degradations.linear.mask import Mask
from sr_studio.engines.deep_image_prior import PriorFit, PriorMoment, PriorProblem
from sr_studio.engines.prior.objectives import Observation
from sr_studio.engines.prior.settings import PriorDials, PriorSettings
from sr_studio.engines.prior.windows import windows_of
from sr_studio.errors import BadResult
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models.priors._registry import find_prior

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sr_studio.imaging.region import Region

_CPU = torch.device("cpu")
_QUICK = PriorSettings(
    iterations=12, learning_rate=0.1, fits_input=True, takes_root=True, tv_weight=0.45, window=5
)


def _photo(side: int = 48) -> Tensor:
    """A smooth picture with an edge, (1, 3, side, side) in [0, 1]."""
    y, x = torch.meshgrid(torch.linspace(0, 1, side), torch.linspace(0, 1, side), indexing="ij")
    edge = ((x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.09).float()
    return torch.stack([0.2 + 0.5 * x, 0.3 + 0.4 * edge, 0.8 - 0.5 * y])[None]


def _noisy(sigma: float = 25 / 255) -> Tensor:
    photo = _photo()
    noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(1))
    return photo + sigma * noise


def _denoising(**changes: Any) -> PriorProblem:
    noisy = _noisy()

    def objective(window: Region) -> Observation:
        return Observation(Identity(), noisy[(slice(None), slice(None), *window.slices)])

    return replace(PriorProblem(48, 48, 3, objective, truth=_photo()), **changes)


def _fit(
    problem: PriorProblem,
    settings: PriorSettings = _QUICK,
    prior: str = "projector-16",
    **more: Any,
) -> PriorFit:
    more.setdefault("context", silent_context())
    return PriorFit(problem, find_prior(prior), settings, device=_CPU, **more)


def _psnr(found: Tensor, truth: Tensor) -> float:
    return float(-10 * torch.log10((found.clamp(0, 1) - truth).square().mean()))


def test_noise_is_removed_and_measured() -> None:
    settings = replace(_QUICK, iterations=150, stop="never")
    result = _fit(_denoising(), settings).run()
    assert result.stopped_by == "iterations"
    assert result.moment.restored.shape == (1, 3, 48, 48)
    assert _psnr(result.moment.restored, _photo()) > _psnr(_noisy(), _photo()) + 5
    curves = result.moment.curves
    assert curves.values.shape == (150, 4)
    assert curves.column("loss")[-1] < curves.column("loss")[0] / 3
    last = _psnr(result.moment.restored, _photo())
    assert curves.column("average_psnr")[-1] == pytest.approx(last, abs=1e-3)


def test_missing_pixels_are_filled() -> None:
    photo = _photo()
    missing = torch.rand(48, 48, generator=torch.Generator().manual_seed(2)) < 0.5
    operator = Mask(missing)
    problem = PriorProblem(48, 48, 3, lambda _window: Observation(operator, operator(photo)))
    settings = replace(_QUICK, iterations=200, stop="never", tv_weight=0.1)
    restored = _fit(problem, settings).run().moment.restored
    assert _psnr(restored[:, :, missing], photo[:, :, missing]) > 25


def test_small_picture_is_enlarged() -> None:
    photo = _photo()
    operator = Downsampling(4, "lanczos2", edge="replicate")
    low = operator(photo)
    problem = PriorProblem(48, 48, 3, lambda _window: Observation(operator, low))
    settings = replace(_QUICK, iterations=200, stop="never")
    restored = _fit(problem, settings).run().moment.restored
    nearest = low.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert _psnr(restored, photo) > _psnr(nearest, photo) + 0.5


@pytest.mark.parametrize("prior", ["skip-32", "deep-decoder", "projector-16"])
def test_cut_and_resumed_is_the_same(prior: str) -> None:
    spec = find_prior(prior)
    settings = replace(
        _QUICK, fits_input=spec.fits_input, learning_rate=spec.learning_rate, stop="never"
    )
    whole = _fit(_denoising(), settings, prior).run()
    half = _fit(_denoising(), replace(settings, iterations=5), prior).run()
    rest = _fit(_denoising(), settings, prior, state=half.state).run()
    assert torch.equal(rest.moment.restored, whole.moment.restored)
    np.testing.assert_array_equal(rest.moment.curves.values, whole.moment.curves.values)
    assert rest.iterations == 12


def test_automatic_stop_takes_the_moment_of_least_variance() -> None:
    settings = replace(_QUICK, iterations=400, window=10, patience=20, tv_weight=0.0)
    kept: dict[int, Tensor] = {}

    class _All:
        def is_due(self, iteration: int) -> bool:
            return iteration > 0

        def keep(self, moment: PriorMoment) -> None:
            kept[moment.iteration] = moment.restored

    result = _fit(_denoising(), settings, keeper=_All()).run()
    assert result.stopped_by == "variance"
    assert result.iterations == result.moment.iteration + 20
    variances = result.moment.curves.column("variance")
    assert result.moment.iteration == int(np.nanargmin(variances)) + 1
    assert torch.equal(result.moment.restored, kept[result.moment.iteration])


def test_cancel_ends_within_one_iteration() -> None:
    token = CancelToken()
    reports = itertools.count(1)

    def tell(_fraction: float, _note: str, _eta_s: float | None) -> None:
        if next(reports) == 1:
            token.cancel()

    fit = _fit(_denoising(), context=ReportingContext(token, tell))
    with pytest.raises(JobCancelled):
        fit.run()
    assert fit._step == 1


def test_finishing_early_keeps_what_is_seen() -> None:
    token = CancelToken()
    shown: list[object] = []
    slot = PreviewSlot(lambda: shown.append(slot.take()), min_interval_s=0)

    def tell(_fraction: float, _note: str, _eta_s: float | None) -> None:
        token.finish_early()

    result = _fit(_denoising(), context=ReportingContext(token, tell, slot)).run()
    assert result.stopped_by == "user"
    assert result.iterations == 1
    (moment,) = shown
    assert isinstance(moment, PriorMoment)
    assert torch.equal(moment.restored, result.moment.restored)


def test_time_ends_it() -> None:
    result = _fit(_denoising(), seconds=0.0).run()
    assert result.stopped_by == "time"
    assert result.iterations == 0


def test_windows_share_one_network() -> None:
    settings = replace(_QUICK, iterations=150, average=0.9, stop="never")
    windows = windows_of(48, 48, 24, 8)
    result = _fit(_denoising(windows=windows, overlap_px=8), settings).run()
    assert result.iterations == 150
    assert len(result.moment.curves.values) == 4 * 150
    assert _psnr(result.moment.restored, _photo()) > _psnr(_noisy(), _photo()) + 3


def test_jump_of_the_loss_brings_the_last_good_weights_back() -> None:
    noisy = _noisy()
    calls = itertools.count()

    def objective(_window: Region) -> Callable[[Tensor], Tensor]:
        def loss(restored: Tensor) -> Tensor:
            factor = 100.0 if next(calls) == 6 else 1.0
            return factor * (restored - noisy).square().mean()

        return loss

    fit = _fit(_denoising(objective=objective), replace(_QUICK, stop="never"))
    result = fit.run()
    losses = result.moment.curves.column("loss")
    assert result.fallbacks == 1
    assert losses[6] > 10 * losses[5]
    assert losses[7] < 2 * losses[5]


def test_loss_that_is_no_number_is_said() -> None:
    problem = _denoising(objective=lambda _window: lambda restored: restored.mean() * math.nan)
    with pytest.raises(BadResult, match="does not settle"):
        _fit(problem).run()


def test_dials_turn_the_running_fit() -> None:
    still = PriorDials(0.0, 0.0)
    first = _fit(_denoising(), replace(_QUICK, stop="never"), dials=still).run()
    losses = first.moment.curves.column("loss")
    assert np.ptp(losses) < 1e-6
    still.turn(learning_rate=0.1, input_noise=None)
    assert still.read(_QUICK) == (0.1, _QUICK.input_noise)


def test_sgld_walks_on_where_adam_stands() -> None:
    settings = replace(_QUICK, input_noise=0.0, stop="never")
    adam = _fit(_denoising(), settings).run()
    sgld = _fit(_denoising(), replace(settings, optimiser="sgld")).run()
    assert not torch.equal(adam.moment.restored, sgld.moment.restored)


def test_guide_takes_the_place_of_noise() -> None:
    spec = find_prior("skip-flash")
    guide = _photo()
    settings = PriorSettings(iterations=2, learning_rate=0.1, input_noise=0.0, window=2)
    fit = _fit(_denoising(guide=guide), settings, "skip-flash")
    assert torch.equal(fit._input(0)[:, :, :48, :48], guide)
    assert fit._input(0).shape[2] % spec.size_multiple == 0
    assert fit.run().iterations == 2


def test_half_precision_follows_full() -> None:
    settings = replace(_QUICK, iterations=40, stop="never")
    full = _fit(_denoising(), settings).run()
    half = _fit(_denoising(), settings, precision="bf16").run()
    truth = _photo()
    found, expected = (_psnr(run.moment.restored, truth) for run in (half, full))
    assert found == pytest.approx(expected, abs=0.5)


def test_pause_takes_none_of_the_time() -> None:
    pause_s = 0.6
    token = CancelToken()
    token.pause()
    timer = threading.Timer(pause_s, token.resume)
    timer.start()
    context = ReportingContext(token, lambda _share, _note, _eta_s: None)
    started_s = time.monotonic()
    result = _fit(_denoising(), context=context, seconds=pause_s).run()
    wall_s = time.monotonic() - started_s
    timer.join()
    assert result.iterations > 0
    assert wall_s > pause_s
    assert result.seconds < wall_s - 0.9 * pause_s
