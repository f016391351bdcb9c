"""Trains a network on pairs of what it reads and what it should return; resumable."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sr_studio.engines.device import choose_precision
from sr_studio.engines.training.course import Course
from sr_studio.engines.training.loader import BatchStream, choose_workers
from sr_studio.engines.training.preview import TrainingPreview
from sr_studio.engines.training.record import LossHistory, TensorBoardLog, frozen_points
from sr_studio.engines.training.supervision import Supervised, supervised_loss
from sr_studio.errors import BadResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lightning_fabric import Fabric

    from sr_studio.engines.training.adversary import Adversary
    from sr_studio.engines.training.pairs import Batch, StepBatches
    from sr_studio.engines.training.schedule import TrainingSchedule
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

    Objective = Callable[[tuple[Tensor, ...], Tensor, float], Tensor]

_BETAS = (0.9, 0.99)
_MOMENTUM = 0.9
_LOG_EVERY = 20  # steps between two entries for TensorBoard
_RECENT = 100  # steps that a mean loss is of


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What a validation found.

    Attributes:
        psnr: mean over its pictures, dB.
        restored: the first of them, (H, W, 3) uint8.
    """

    psnr: float
    restored: Pixels


class Validation(Protocol):
    """Measures a network on pictures that it does not learn from."""

    def __call__(self, network: nn.Module) -> Measured:
        """Measure the averaged weights, in eval mode, where the parameters lie."""

    @property
    def truth(self) -> Pixels:
        """What the first picture should be, (H, W, 3) uint8."""

    @property
    def baseline(self) -> Measured:
        """What comes of the same without any network."""

    @property
    def baseline_name(self) -> str:
        """What that is: "bicubic", "gray"."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Where the training stands.

    Attributes:
        steps: done so far.
        loss: mean over the last hundred steps.
        validation_psnr: of `weights`, None if it was never measured.
        weights: the averaged weights, a state dict: the best that were validated.
        state: everything needed to go on to the step; tensors and plain values only.
        is_complete: whether the schedule is over, not only the time.
    """

    steps: int
    loss: float
    validation_psnr: float | None
    weights: dict[str, Tensor]
    state: dict[str, Any]
    is_complete: bool


class Training:
    """Minimises the criterion between network(low_res) and high_res.

    The same seed on the same processor gives the same weights bit for bit, however often the
    training was cut off and resumed.

    Args:
        network: maps (B, C, h, w) in [0, white] to (B, C, h*s, w*s), or a ScaleFamily of such;
            trained in place, where its parameters lie.
        batches: of every step; their scale says which network of a family they are for.
        schedule: see there.
        context: cancel discards what came after the last `save`; finish_early ends well.
            Previews are of `TrainingPreview`.
        white: in the network's input and output.
        criterion: of restored and truth, (B, C, H, W) in [0, 1], restored not clamped.
        objective: of all that the network returns, the truth and the progress from 0 to 1, where
            pictures are not to be compared with `criterion`.
        adversary: a discriminator that is trained beside, and its part of the loss.
        validate: measures the averaged weights.
        save: receives the state after each validation, every five minutes and at the end.
        state: of an earlier result, to go on from.
        seconds: stop cleanly after this long; must be finite where the schedule has no steps.
        workers: processes that make crops; None chooses by the device.
        fabric: of several devices, launched; None trains where the parameters lie.
        log_folder: for TensorBoard.
    """

    def __init__(
        self,
        network: nn.Module,
        batches: StepBatches,
        schedule: TrainingSchedule,
        *,
        context: JobContext,
        white: float = 1.0,
        criterion: Callable[[Tensor, Tensor], Tensor] = F.l1_loss,
        objective: Objective | None = None,
        adversary: Adversary | None = None,
        validate: Validation | None = None,
        save: Callable[[TrainingResult], None] | None = None,
        state: dict[str, Any] | None = None,
        seconds: float = math.inf,
        workers: int | None = None,
        fabric: Fabric | None = None,
        log_folder: Path | None = None,
    ) -> None:
        if schedule.steps is None and not math.isfinite(seconds):
            raise ValueError("a schedule without steps needs a finite number of seconds")
        self._network = network
        self._schedule = schedule
        self._fabric = fabric or make_fabric(next(network.parameters()).device, 1, schedule)
        self._context = context
        self._white = white
        self._criterion = criterion
        self._objective = objective
        self._adversary = adversary
        self._validate = validate
        self._save = save
        self._seconds = seconds
        # torch's stubs lack this overload of nn.Module.to
        network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        network.to(self._fabric.device)
        self._average = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        optimiser = _make_optimiser(network, schedule)
        self._history = LossHistory()
        self._psnrs: list[tuple[int, float]] = []
        self._losses: list[float] = []
        self._best_psnr: float | None = None
        self._best: dict[str, Tensor] | None = None
        self._step = 0
        self._spent_before_s = 0.0
        # whatever a network draws itself, such as dropout, must not depend on what ran before
        self._random = torch.Generator().manual_seed(schedule.seed).get_state()
        if state is not None:
            self._load(state, optimiser)
        self._first = self._validated = self._step
        self._progress = 0.0
        self._restored: Pixels | None = None
        self._model, self._optimiser = self._fabric.setup(Supervised(network), optimiser)
        if adversary is not None:
            adversary.set_up(self._fabric, None if state is None else state["adversary"])
        self._batches = batches.part(self._fabric.global_rank, self._fabric.world_size)
        self._workers = choose_workers(self._fabric.device) if workers is None else workers
        self._log_folder = log_folder
        self._log: TensorBoardLog | None = None

    def run(self) -> TrainingResult:
        """Train to the end of the schedule or of the time, or until the context says to finish.

        Raises:
            BadResult: the loss is no number any more.
            JobCancelled: from the context, within one step.
        """
        self._course = Course(self._schedule, self._seconds)
        device = self._fabric.device
        self._stream = BatchStream(self._batches, self._step, device=device, workers=self._workers)
        if self._log_folder is not None and self._fabric.is_global_zero:
            self._log = TensorBoardLog(self._log_folder, self._step)
        try:
            with torch.random.fork_rng(devices=[]), torch.enable_grad():
                torch.set_rng_state(self._random)
                return self._run()
        finally:
            self._stream.close()
            if self._log is not None:
                self._log.close()

    def _run(self) -> TrainingResult:
        while not self._is_told_to_stop():
            self._take_step()
            self._after_step()
        if self._step > self._validated:
            self._measure()
        result = self._result()
        self._hand_over(result)
        return result

    def _is_told_to_stop(self) -> bool:
        """Decide on the first device for all: what is raised here must not leave others waiting."""
        stop, self._progress = True, 1.0
        try:
            if self._fabric.is_global_zero:
                before_s = time.monotonic()
                self._context.checkpoint()  # does not return while the user pauses it
                self._course.stood_still(time.monotonic() - before_s)
                stop = self._course.is_over(self._step) or self._context.should_finish
                self._progress = self._course.progress(self._step)
        finally:
            if self._fabric.world_size > 1:
                stop, self._progress = self._fabric.broadcast((stop, self._progress))
        return stop

    def _take_step(self) -> None:
        batch = self._on_device(self._stream.take())
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.rate_at(self._step, self._progress)
        self._optimiser.zero_grad(set_to_none=True)
        outputs = self._model(batch.low_res * self._white, batch.scale)
        pictures = tuple(output.float() / self._white for output in outputs)
        if self._objective is None:
            loss = supervised_loss(pictures, batch.high_res, self._compare, progress=self._progress)
        else:
            loss = self._objective(pictures, batch.high_res, self._progress)
        if self._adversary is not None:
            loss = loss + self._adversary.loss(*self._jittered(pictures[-1], batch.high_res))
        self._fabric.backward(loss)
        self._clip()
        self._optimiser.step()
        if self._adversary is not None:
            self._adversary.learn(*self._jittered(pictures[-1].detach(), batch.high_res))
        self._step += 1
        decay = min(self._schedule.ema_decay, (1 + self._step) / (10 + self._step))
        _follow(self._average, self._network, decay)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise BadResult(
                f"The training diverged at step {self._step}.",
                advice="Write a recipe with a lower learning rate.",
            )
        self._losses = [*self._losses[1 - _RECENT :], value]
        self._history.add(self._step, value)

    def _compare(self, restored: Tensor, truth: Tensor) -> Tensor:
        return self._criterion(*self._jittered(restored, truth))

    def _jittered(self, restored: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        """Shift both by the same chance; what leaves on one side comes back on the other."""
        most_px = self._schedule.jitter_px
        if not most_px:
            return restored, truth
        shifts: list[int] = torch.randint(most_px, (2,)).tolist()
        return restored.roll(shifts, (2, 3)), truth.roll(shifts, (2, 3))

    def _on_device(self, batch: Batch) -> Batch:
        device = self._fabric.device
        low_res = batch.low_res.to(device, memory_format=torch.channels_last, non_blocking=True)
        return batch._replace(
            low_res=low_res, high_res=batch.high_res.to(device, non_blocking=True)
        )

    def _clip(self) -> None:
        limit = self._schedule.gradient_clip
        if limit <= 0:
            return
        if self._schedule.clipping == "norm":
            self._fabric.clip_gradients(
                self._model, self._optimiser, max_norm=limit, error_if_nonfinite=False
            )
        elif rate := self._schedule.rate_at(self._step, self._progress):
            self._fabric.clip_gradients(self._model, self._optimiser, clip_val=limit / rate)

    def _after_step(self) -> None:
        if not self._fabric.is_global_zero:
            return
        if self._course.is_validation_due(self._step):
            self._measure()
            self._hand_over(self._result())
        elif self._course.is_save_due():
            self._hand_over(self._result())
        if self._log is not None and self._step % _LOG_EVERY == 0:
            self._log.scalars(self._step, self._scalars())
        progress = self._course.progress(self._step)
        psnr = f", {self._psnrs[-1][1]:.2f} dB" if self._psnrs else ""
        note = (
            f"step {self._step}, loss {self._losses[-1]:.4f}{psnr}, "
            f"{self._images_per_s():.0f} images/s"
        )
        self._context.report(progress, 1.0, note)
        self._context.offer_preview(self._preview)

    def _measure(self) -> None:
        self._validated = self._step
        if self._validate is None or not self._fabric.is_global_zero:
            return
        measured = self._validate(self._average)
        self._restored = measured.restored
        self._psnrs.append((self._step, measured.psnr))
        if self._best_psnr is None or measured.psnr >= self._best_psnr:
            self._best_psnr = measured.psnr
            self._best = {name: t.clone() for name, t in self._average.state_dict().items()}
        if self._log is not None:
            self._log.scalars(self._step, {"validation PSNR": measured.psnr})
            self._log.picture(self._step, measured.restored)

    def _scalars(self) -> dict[str, float]:
        terms: Mapping[str, Tensor] = getattr(self._objective or self._criterion, "last_terms", {})
        values = {f"loss/{name}": float(term) for name, term in terms.items()}
        values["loss"] = float(np.mean(self._losses[-_LOG_EVERY:]))
        values["learning rate"] = self._optimiser.param_groups[0]["lr"]
        values["images/s"] = self._images_per_s()
        if self._adversary is not None:
            values |= self._adversary.scalars()
        return values

    def _images_per_s(self) -> float:
        return (self._step - self._first) * self._schedule.batch / self._course.spent_s()

    def _preview(self) -> TrainingPreview:
        validate = self._validate
        return TrainingPreview(
            step=self._step,
            steps=self._schedule.steps,
            losses=self._history.points(),
            psnrs=frozen_points(self._psnrs),
            best_psnr=self._best_psnr,
            baseline_name="" if validate is None else validate.baseline_name,
            baseline_psnr=None if validate is None else validate.baseline.psnr,
            images_per_s=self._images_per_s(),
            data_wait=self._stream.waited_s / self._course.spent_s(),
            left_s=self._course.left_s(self._step, self._first),
            restored=self._restored,
            baseline=None if validate is None else validate.baseline.restored,
            truth=None if validate is None else validate.truth,
        )

    def _hand_over(self, result: TrainingResult) -> None:
        if self._save is not None and self._fabric.is_global_zero:
            self._save(result)
        self._course.saved()

    def _result(self) -> TrainingResult:
        snapshot = {
            "network": self._network.state_dict(),
            "average": self._average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "adversary": None if self._adversary is None else self._adversary.state(),
            "random": torch.get_rng_state(),
            "steps": self._step,
            "spent_s": self._spent_before_s + self._course.spent_s(),
            "losses": list(self._losses),
            "history": self._history.state(),
            "psnrs": list(self._psnrs),
            "best_psnr": self._best_psnr,
            "best": self._best,
            "schedule": asdict(self._schedule),
        }
        return TrainingResult(
            self._step,
            float(np.mean(self._losses)) if self._losses else math.nan,
            self._best_psnr,
            self._best or self._average.state_dict(),
            snapshot,
            self._schedule.steps is not None and self._step >= self._schedule.steps,
        )

    def _load(self, state: dict[str, Any], optimiser: torch.optim.Optimizer) -> None:
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        self._random = state["random"]
        self._step = state["steps"]
        self._spent_before_s = state["spent_s"]
        self._losses = list(state["losses"])
        self._history = LossHistory(state["history"])
        self._psnrs = [(step, psnr) for step, psnr in state["psnrs"]]
        self._best_psnr, self._best = state["best_psnr"], state["best"]


def make_fabric(
    device: torch.device, devices: int, schedule: TrainingSchedule, *, is_family: bool = False
) -> Fabric:
    """Return the engine that runs the same training on one device or several of its kind.

    Args:
        device: the first, or the only one.
        devices: how many; above 1 the caller must launch it.
        schedule: for its precision.
        is_family: whether a ScaleFamily is trained.
    """
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy

    precision = choose_precision(device, schedule.precision, is_8bit=True)
    chosen: Any = devices
    if devices == 1 and device.type == "cuda":
        chosen = [device.index or 0]
    return Fabric(
        accelerator=device.type,
        devices=chosen,
        # the upsampler of another scale has no part in a step
        strategy=DDPStrategy(find_unused_parameters=is_family) if devices > 1 else "auto",
        # fp16 would need its loss scaled: what has units for it has them for bf16 as well
        precision="32-true" if precision == "fp32" else "bf16-mixed",
    )


def _make_optimiser(network: nn.Module, schedule: TrainingSchedule) -> torch.optim.Optimizer:
    parameters = network.parameters()
    rate, weight_decay = schedule.learning_rate, schedule.weight_decay
    if schedule.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=_MOMENTUM, weight_decay=weight_decay)
    return torch.optim.AdamW(
        parameters, lr=rate, betas=_BETAS, weight_decay=weight_decay, fused=True
    )


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    torch._foreach_lerp_(  # one call instead of one per parameter
        list(average.parameters()), list(network.parameters()), 1 - decay
    )
    for kept, newest in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(newest)  # the running figures of batch normalisation
