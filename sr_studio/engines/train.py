"""Trains a super-resolution network on pairs of pictures; resumable to the step."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from sr_studio.errors import BadResult
from sr_studio.imaging.image_buffer import white_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

# of a training by the clock
_VALIDATIONS = 10
_WARM_UP_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long and how fast to learn.

    Attributes:
        steps: optimiser steps of the whole schedule; None: as many as the time allows, and the
            learning rate follows the clock.
        batch: pairs a step.
        patch_px: side of a low-resolution crop.
        learning_rate: of Adam at its peak, reached after `warm_up` steps, then a cosine to zero.
        warm_up: steps of linear rise.
        ema_decay: of the averaged weights that are validated and shipped.
        gradient_clip: largest norm of the gradient.
        seed: of crops, flips and rotations.
        validate_every: steps between two validations; by the clock there are ten in all.
        precision: of the convolutions; parameters, loss and updates stay in fp32.
    """

    steps: int | None = None
    batch: int = 16
    patch_px: int = 48
    learning_rate: float = 1e-3
    warm_up: int = 200
    ema_decay: float = 0.999
    gradient_clip: float = 1.0
    seed: int = 0
    validate_every: int = 1000
    precision: Literal["fp32", "bf16"] = "fp32"

    def rate_at(self, step: int, progress: float) -> float:
        """Return the learning rate of this step, counted from 0, at this share of the whole."""
        rise = (step + 1) / max(1, self.warm_up)
        if self.steps is None:  # on a slow machine the time is over before many steps are done
            rise = max(rise, progress / _WARM_UP_SHARE)
        rise = min(1.0, rise)
        return self.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What a network reads and what it should return: (h, w, C) and (h*scale, w*scale, C).

    Each is uint8 or uint16. For networks on the bicubic enlargement `low_res` is that one, of
    the same size as `high_res`.
    """

    low_res: Pixels
    high_res: Pixels


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Where the training stands.

    Attributes:
        steps: done so far.
        loss: mean l1 over the last hundred steps, in units of [0, 1].
        validation_psnr: what `validate` returned for `weights`, None if it never ran.
        weights: the averaged weights, a state dict: the best that were validated.
        state: everything needed to go on to the step; tensors and plain values only.
    """

    steps: int
    loss: float
    validation_psnr: float | None
    weights: dict[str, Tensor]
    state: dict[str, Any]


def train(
    network: nn.Module,
    pairs: Sequence[Pair],
    schedule: TrainingSchedule,
    *,
    scale: int,
    context: JobContext,
    white: float = 1.0,
    validate: Callable[[nn.Module], float] | None = None,
    save: Callable[[TrainingResult], None] | None = None,
    state: dict[str, Any] | None = None,
    seconds: float = math.inf,
) -> TrainingResult:
    """Minimise the l1 distance between network(low_res) and high_res with Adam.

    Crops are drawn with a probability proportional to the picture's area and turned by one of
    the eight symmetries of the square, as is usual since Timofte et al., "Seven ways to improve
    example-based single image super resolution" (CVPR 2016).

    Args:
        network: maps (B, C, h, w) in [0, white] to (B, C, h*scale, w*scale); trained in place,
            where its parameters lie.
        pairs: at least one, each at least patch_px a side in low resolution.
        schedule: see there.
        scale: of the pairs; 1 where the network reads the bicubic enlargement.
        context: cancel discards what came after the last `save`; finish_early ends well.
        white: in the network's input and output.
        validate: receives the network with the averaged weights, returns dB.
        save: receives the state after each validation and at the end.
        state: of an earlier result, to go on from.
        seconds: stop cleanly after this long; must be finite where the schedule has no steps.

    Returns:
        The state at the end; its `steps` tells whether the schedule was completed.

    Raises:
        BadResult: the loss is no number any more.
    """
    if schedule.steps is None and not math.isfinite(seconds):
        raise ValueError("a schedule without steps needs a finite number of seconds")
    device = next(network.parameters()).device
    # torch's stubs lack this overload of nn.Module.to
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
    optimiser = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate, betas=(0.9, 0.99))
    random = np.random.default_rng(schedule.seed)
    first = 0
    losses: list[float] = []
    best = _Best()
    if state is not None:
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        random.bit_generator.state = state["random"]
        first = state["steps"]
        best = _Best(state["validation_psnr"], state.get("best"))

    areas = np.array([pair.low_res.shape[0] * pair.low_res.shape[1] for pair in pairs], float)
    chances = areas / areas.sum()

    def result(steps: int) -> TrainingResult:
        snapshot = {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "random": random.bit_generator.state,
            "steps": steps,
            "validation_psnr": best.psnr,
            "best": best.weights,
            "schedule": asdict(schedule),
        }
        loss = float(np.mean(losses[-100:])) if losses else math.nan
        return TrainingResult(
            steps, loss, best.psnr, best.weights or average.state_dict(), snapshot
        )

    course = _Course(schedule, seconds)
    step = validated = first
    with torch.enable_grad():
        while not course.is_over(step):
            context.checkpoint()
            if context.should_finish:
                break
            low_res, high_res = _draw_batch(pairs, chances, schedule, scale, random)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step, course.progress(step))
            optimiser.zero_grad(set_to_none=True)
            low_res = low_res.to(device, memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=schedule.precision == "bf16"):
                enlarged = network(low_res * white)
            loss = nn.functional.l1_loss(enlarged.float() / white, high_res.to(device))
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            nn.utils.clip_grad_norm_(network.parameters(), schedule.gradient_clip)
            optimiser.step()
            step += 1
            _follow(average, network, min(schedule.ema_decay, (1 + step) / (10 + step)))
            losses = [*losses[-99:], float(loss.detach())]
            if not math.isfinite(losses[-1]):
                raise BadResult(
                    f"The training diverged at step {step}.",
                    advice="Write a recipe with a lower learning rate.",
                )
            if course.is_validation_due(step):
                best.judge(average, validate)
                validated = step
                if save is not None:
                    save(result(step))
            shown = "" if best.last_psnr is None else f", {best.last_psnr:.2f} dB"
            note = f"step {step}, loss {losses[-1]:.4f}{shown}"
            context.report(course.progress(step), 1.0, note)
    if step > validated:
        best.judge(average, validate)
    final = result(step)
    if save is not None:
        save(final)
    return final


class _Course:
    """How far a training is: by its steps, or by the clock where the schedule counts none."""

    def __init__(self, schedule: TrainingSchedule, seconds: float) -> None:
        self._schedule = schedule
        self._seconds = seconds
        self._start_s = time.monotonic()
        self._validations = 0

    def progress(self, step: int) -> float:
        """Return 0 at the start, 1 at the end of the schedule."""
        if self._schedule.steps is not None:
            return step / self._schedule.steps if self._schedule.steps else 1.0
        share = (time.monotonic() - self._start_s) / max(self._seconds, 1e-9)
        return min(1.0, share)

    def is_over(self, step: int) -> bool:
        is_late = time.monotonic() - self._start_s > self._seconds
        return is_late or self.progress(step) >= 1.0

    def is_validation_due(self, step: int) -> bool:
        if self._schedule.steps is not None:
            return step % self._schedule.validate_every == 0
        before = self._validations
        self._validations = int(self.progress(step) * _VALIDATIONS)
        return self._validations > before


class _Best:
    """The averaged weights with the highest validation so far."""

    def __init__(self, psnr: float | None = None, weights: dict[str, Tensor] | None = None) -> None:
        self.psnr = self.last_psnr = psnr
        self.weights = weights

    def judge(self, average: nn.Module, validate: Callable[[nn.Module], float] | None) -> None:
        if validate is None:
            return
        self.last_psnr = validate(average)
        if self.psnr is None or self.weights is None or self.last_psnr >= self.psnr:
            self.psnr = self.last_psnr
            self.weights = {name: t.clone() for name, t in average.state_dict().items()}


def _draw_batch(
    pairs: Sequence[Pair],
    chances: NDArray[np.float64],
    schedule: TrainingSchedule,
    scale: int,
    random: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Return low_res (B, C, p, p) and high_res (B, C, p*scale, p*scale), float32 in [0, 1]."""
    side = schedule.patch_px
    low_res: list[Pixels] = []
    high_res: list[Pixels] = []
    for index in random.choice(len(pairs), schedule.batch, p=chances):
        pair = pairs[index]
        y = int(random.integers(pair.low_res.shape[0] - side + 1))
        x = int(random.integers(pair.low_res.shape[1] - side + 1))
        turns, mirrored = int(random.integers(4)), bool(random.integers(2))
        low = pair.low_res[y : y + side, x : x + side]
        high = pair.high_res[y * scale : (y + side) * scale, x * scale : (x + side) * scale]
        for crop, batch in ((low, low_res), (high, high_res)):
            turned = np.rot90(crop[:, ::-1] if mirrored else crop, turns)
            batch.append(np.ascontiguousarray(turned))
    return _to_batch(low_res), _to_batch(high_res)


def _to_batch(crops: list[Pixels]) -> Tensor:
    stacked = torch.from_numpy(np.stack(crops))  # (B, H, W, C)
    return stacked.permute(0, 3, 1, 2).to(torch.float32).div_(white_of(crops[0].dtype))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)
    for kept, newest in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(newest)  # the running figures of batch normalisation
