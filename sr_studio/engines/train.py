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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long and how fast to learn.

    Attributes:
        steps: optimiser steps of the whole schedule.
        batch: pairs a step.
        patch_px: side of a low-resolution crop.
        learning_rate: of Adam at its peak, reached after `warm_up` steps, then a cosine to zero.
        warm_up: steps of linear rise.
        ema_decay: of the averaged weights that are validated and shipped.
        gradient_clip: largest norm of the gradient.
        seed: of crops, flips and rotations.
        validate_every: steps between two validations.
        precision: of the convolutions; parameters, loss and updates stay in fp32.
    """

    steps: int
    batch: int = 16
    patch_px: int = 48
    learning_rate: float = 1e-3
    warm_up: int = 200
    ema_decay: float = 0.999
    gradient_clip: float = 1.0
    seed: int = 0
    validate_every: int = 1000
    precision: Literal["fp32", "bf16"] = "fp32"

    def rate_at(self, step: int) -> float:
        """Return the learning rate of this step, counted from 0."""
        rise = min(1.0, (step + 1) / max(1, self.warm_up))
        return self.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * step / self.steps))


@dataclass(frozen=True, slots=True)
class Pair:
    """A low- and a high-resolution picture: (h, w, C) and (h*scale, w*scale, C), uint8."""

    low_res: NDArray[np.uint8]
    high_res: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Where the training stands.

    Attributes:
        steps: done so far.
        loss: mean l1 over the last hundred steps, in units of [0, 1].
        validation_psnr: what `validate` returned last, None if it never ran.
        weights: the averaged weights, a state dict.
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
        network: maps (B, C, h, w) in [0, 1] to (B, C, h*scale, w*scale); trained in place, where
            its parameters lie.
        pairs: at least one, each at least patch_px a side in low resolution.
        schedule: see there.
        scale: of the pairs.
        context: cancel discards what came after the last `save`; finish_early ends well.
        validate: receives the network with the averaged weights, returns dB.
        save: receives the state after each validation and at the end.
        state: of an earlier result, to go on from.
        seconds: stop cleanly after this long.

    Returns:
        The state at the end; its `steps` tells whether the schedule was completed.
    """
    device = next(network.parameters()).device
    # torch's stubs lack this overload of nn.Module.to
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
    optimiser = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate, betas=(0.9, 0.99))
    random = np.random.default_rng(schedule.seed)
    first = 0
    losses: list[float] = []
    psnr: float | None = None
    if state is not None:
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        random.bit_generator.state = state["random"]
        first, psnr = state["steps"], state["validation_psnr"]

    areas = np.array([pair.low_res.shape[0] * pair.low_res.shape[1] for pair in pairs], float)
    chances = areas / areas.sum()

    def result(steps: int) -> TrainingResult:
        snapshot = {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "random": random.bit_generator.state,
            "steps": steps,
            "validation_psnr": psnr,
            "schedule": asdict(schedule),
        }
        loss = float(np.mean(losses[-100:])) if losses else math.nan
        return TrainingResult(steps, loss, psnr, average.state_dict(), snapshot)

    end_s = time.monotonic() + seconds
    step = first
    with torch.enable_grad():
        while step < schedule.steps:
            context.checkpoint()
            if context.should_finish or time.monotonic() > end_s:
                break
            low_res, high_res = _draw_batch(pairs, chances, schedule, scale, random)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step)
            optimiser.zero_grad(set_to_none=True)
            low_res = low_res.to(device, memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=schedule.precision == "bf16"):
                enlarged = network(low_res)
            loss = nn.functional.l1_loss(enlarged.float(), high_res.to(device))
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            nn.utils.clip_grad_norm_(network.parameters(), schedule.gradient_clip)
            optimiser.step()
            step += 1
            _follow(average, network, min(schedule.ema_decay, (1 + step) / (10 + step)))
            losses = [*losses[-99:], float(loss.detach())]
            if step % schedule.validate_every == 0:
                psnr = validate(average) if validate is not None else None
                if save is not None:
                    save(result(step))
            shown = "" if psnr is None else f", {psnr:.2f} dB"
            context.report(step, schedule.steps, f"step {step}, loss {losses[-1]:.4f}{shown}")
    final = result(step)
    if save is not None:
        save(final)
    return final


def _draw_batch(
    pairs: Sequence[Pair],
    chances: NDArray[np.float64],
    schedule: TrainingSchedule,
    scale: int,
    random: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Return low_res (B, C, p, p) and high_res (B, C, p*scale, p*scale), float32 in [0, 1]."""
    side = schedule.patch_px
    low_res: list[NDArray[np.uint8]] = []
    high_res: list[NDArray[np.uint8]] = []
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


def _to_batch(crops: list[NDArray[np.uint8]]) -> Tensor:
    stacked = torch.from_numpy(np.stack(crops))  # (B, H, W, C)
    return stacked.permute(0, 3, 1, 2).to(torch.float32).div_(255.0)


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)
