from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sr_studio.engines.training.pairs import CropBatches, Pair, ScalePairs
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.engines.training.train import Measured, Training, TrainingResult
from sr_studio.errors import BadResult
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context

SCHEDULE = TrainingSchedule(steps=60, batch=4, patch_px=8, warm_up=5, validate_every=20)


BLACK = np.zeros((4, 4, 3), np.uint8)


class Validation:
    """Measures with the function that it is given."""

    truth = BLACK
    baseline = Measured(20.0, BLACK)

    def __init__(self, measure: Callable[[nn.Module], float]) -> None:
        self._measure = measure

    def __call__(self, network: nn.Module) -> Measured:
        return Measured(self._measure(network), BLACK)


def train(
    network: nn.Module, pairs: list[Pair], schedule: TrainingSchedule, *, scale: int, **more: Any
) -> TrainingResult:
    by_scale = {scale: ScalePairs(pairs, scale, schedule.patch_px)}
    return Training(network, CropBatches(by_scale, schedule), schedule, **more).run()


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shuffle(self.convolution(x))


@pytest.fixture
def pairs() -> list[Pair]:
    random = np.random.default_rng(0)
    low_res = random.integers(0, 256, (20, 24, 1), dtype=np.uint8)
    return [Pair(low_res, low_res.repeat(2, 0).repeat(2, 1))] * 2


def tiny() -> Tiny:
    torch.manual_seed(0)
    return Tiny()


def loss_of(weights: dict[str, torch.Tensor], pair: Pair) -> float:
    network = Tiny()
    network.load_state_dict(weights)
    low_res = torch.from_numpy(pair.low_res / 255.0).permute(2, 0, 1)[None].float()
    enlarged = network(low_res).detach()[0].permute(1, 2, 0).numpy()
    return float(np.abs(enlarged - pair.high_res / 255.0).mean())


def test_learns_to_repeat_pixels(pairs: list[Pair]) -> None:
    schedule = replace(SCHEDULE, steps=400, learning_rate=2e-2, ema_decay=0.9)
    before = loss_of(tiny().state_dict(), pairs[0])
    result = train(tiny(), pairs, schedule, scale=2, context=silent_context())
    assert loss_of(result.weights, pairs[0]) < before / 10


def test_jitter_shifts_both_pictures_alike(pairs: list[Pair]) -> None:
    seen: list[torch.Tensor] = []

    def l1(restored: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        seen.append(truth)
        return functional.l1_loss(restored, truth)  # the same wherever both are shifted to

    plain, shifted = (
        train(
            tiny(),
            pairs,
            replace(SCHEDULE, jitter_px=jitter_px),
            scale=2,
            context=silent_context(),
            criterion=l1,
        )
        for jitter_px in (0, 4)
    )
    still, moved = seen[: SCHEDULE.steps], seen[SCHEDULE.steps :]
    shifts = {
        next(
            (dy, dx)
            for dy in range(4)
            for dx in range(4)
            if torch.equal(before.roll((dy, dx), (2, 3)), after)
        )
        for before, after in zip(still, moved, strict=True)
    }
    assert len(shifts) > 8
    for name, expected in plain.weights.items():
        torch.testing.assert_close(shifted.weights[name], expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("jitter_px", [0, 4])
def test_resumed_training_equals_uninterrupted_training(pairs: list[Pair], jitter_px: int) -> None:
    schedule = replace(SCHEDULE, jitter_px=jitter_px)
    whole = train(tiny(), pairs, schedule, scale=2, context=silent_context())
    saved: list[TrainingResult] = []
    token = CancelToken()

    def keep_first(result: TrainingResult) -> None:
        if not saved:
            saved.append(
                replace(result, state=torch.load(_stored(result.state), weights_only=True))
            )
            token.finish_early()

    context = ReportingContext(token, lambda _fraction, _note, _eta_s: None)
    stopped = train(tiny(), pairs, schedule, scale=2, context=context, save=keep_first)
    assert stopped.steps == saved[0].steps == 20
    resumed = train(
        tiny(), pairs, schedule, scale=2, context=silent_context(), state=saved[0].state
    )
    assert resumed.steps == whole.steps == 60
    for name, expected in whole.weights.items():
        torch.testing.assert_close(resumed.weights[name], expected, rtol=0, atol=0)


def _stored(state: dict[str, object]) -> object:
    """A state as it comes back from a file: nothing in it is shared with the running network."""
    import io

    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return buffer


def test_cancel_ends_within_one_step(pairs: list[Pair]) -> None:
    token = CancelToken()
    steps: list[float] = []

    def tell(fraction: float, _note: str, _eta_s: float | None) -> None:
        steps.append(fraction)
        token.cancel()

    with pytest.raises(JobCancelled):
        train(tiny(), pairs, SCHEDULE, scale=2, context=ReportingContext(token, tell))
    assert len(steps) == 1


def test_an_exhausted_time_budget_stops_cleanly(pairs: list[Pair]) -> None:
    saved: list[TrainingResult] = []
    result = train(
        tiny(), pairs, SCHEDULE, scale=2, context=silent_context(), save=saved.append, seconds=-1
    )
    assert result.steps == 0
    assert len(saved) == 1


def test_a_pause_takes_nothing_of_the_time(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = silent_context()
    pauses_s = [0.6]

    def wait_once(_context: object) -> None:
        if pauses_s:
            time.sleep(pauses_s.pop())

    monkeypatch.setattr(type(context), "checkpoint", wait_once)
    schedule = replace(SCHEDULE, steps=None)
    result = train(tiny(), pairs, schedule, scale=2, context=context, seconds=0.5)
    assert result.steps > 0


def test_validation_sees_the_averaged_weights(pairs: list[Pair]) -> None:
    seen: list[dict[str, torch.Tensor]] = []

    def validate(network: nn.Module) -> float:
        seen.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return 30.0

    result = train(
        tiny(), pairs, SCHEDULE, scale=2, context=silent_context(), validate=Validation(validate)
    )
    assert result.validation_psnr == 30.0
    assert len(seen) == 3
    for name, tensor in result.weights.items():
        torch.testing.assert_close(seen[-1][name], tensor, rtol=0, atol=0)


class Watched(Tiny):
    """Remembers the brightest pixel that it was given."""

    brightest = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        Watched.brightest = max(Watched.brightest, float(x.max()))
        return super().forward(x)


def test_by_the_clock_the_rate_falls_to_nothing_at_the_end_of_the_time(pairs: list[Pair]) -> None:
    schedule = replace(SCHEDULE, steps=None, warm_up=200)
    assert schedule.rate_at(0, 0.5) == pytest.approx(schedule.learning_rate / 2)  # warmed up by now
    assert schedule.rate_at(1000, 1.0) == pytest.approx(0.0, abs=1e-9)
    seen: list[float] = []
    saved: list[TrainingResult] = []
    context = ReportingContext(CancelToken(), lambda share, _note, _eta_s: seen.append(share))
    result = train(
        tiny(), pairs, schedule, scale=2, context=context, save=saved.append, seconds=0.6,
        validate=Validation(lambda _network: 30.0),
    )  # fmt: skip
    assert result.steps > 0
    assert seen[-1] > 0.8
    assert 8 <= len(saved) <= 12  # ten validations, however fast the machine is, and the end


def test_a_schedule_without_steps_needs_a_time(pairs: list[Pair]) -> None:
    with pytest.raises(ValueError, match="seconds"):
        train(tiny(), pairs, replace(SCHEDULE, steps=None), scale=2, context=silent_context())


def test_the_best_validated_weights_are_kept_and_survive_a_restart(pairs: list[Pair]) -> None:
    seen: list[dict[str, torch.Tensor]] = []

    def worse_each_time(network: nn.Module) -> float:
        seen.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return 30.0 - len(seen)

    result = train(
        tiny(),
        pairs,
        SCHEDULE,
        scale=2,
        context=silent_context(),
        validate=Validation(worse_each_time),
    )
    assert result.validation_psnr == 29.0
    torch.testing.assert_close(result.weights, seen[0], rtol=0, atol=0)
    longer = replace(SCHEDULE, steps=80)
    again = train(
        tiny(), pairs, longer, scale=2, context=silent_context(), validate=Validation(worse_each_time),
        state=torch.load(_stored(result.state), weights_only=True),
    )  # fmt: skip
    assert again.steps == 80
    torch.testing.assert_close(again.weights, seen[0], rtol=0, atol=0)


def test_what_is_finished_early_is_validated(pairs: list[Pair]) -> None:
    token = CancelToken()
    context = ReportingContext(token, lambda _fraction, _note, _eta_s: token.finish_early())
    result = train(
        tiny(),
        pairs,
        SCHEDULE,
        scale=2,
        context=context,
        validate=Validation(lambda _network: 31.0),
    )
    assert result.steps < 20
    assert result.validation_psnr == 31.0


def test_a_network_is_fed_in_its_own_range(pairs: list[Pair]) -> None:
    Watched.brightest = 0.0
    train(Watched(), pairs, SCHEDULE, scale=2, context=silent_context(), white=255.0)
    assert 200 < Watched.brightest <= 255


def test_16_bit_pairs_are_scaled_by_their_own_white(pairs: list[Pair]) -> None:
    def wide(pair: Pair) -> Pair:
        return Pair(pair.low_res.astype(np.uint16) * 257, pair.high_res.astype(np.uint16) * 257)

    narrow = train(tiny(), pairs, SCHEDULE, scale=2, context=silent_context())
    result = train(tiny(), [wide(p) for p in pairs], SCHEDULE, scale=2, context=silent_context())
    for name, expected in narrow.weights.items():
        torch.testing.assert_close(result.weights[name], expected, rtol=1e-4, atol=1e-5)


def test_the_average_has_the_running_figures_of_batch_normalisation(pairs: list[Pair]) -> None:
    network = nn.Sequential(nn.BatchNorm2d(1), tiny())
    result = train(network, pairs, SCHEDULE, scale=2, context=silent_context())
    assert result.weights["0.num_batches_tracked"] == SCHEDULE.steps
    assert result.weights["0.running_mean"].item() == pytest.approx(0.5, abs=0.1)


def test_a_training_that_diverges_says_so(pairs: list[Pair]) -> None:
    network = tiny()
    with torch.no_grad():
        network.convolution.bias.fill_(float("nan"))
    with pytest.raises(BadResult, match="diverged at step 1"):
        train(network, pairs, SCHEDULE, scale=2, context=silent_context())
