"""Deep Image Prior: fits an untrained network to one picture, and stops in time."""

from __future__ import annotations

import math
import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch.nn import functional as F

from sr_studio.engines.device import DTYPES
from sr_studio.engines.prior.curves import CurveRecorder
from sr_studio.engines.prior.half_weights import HalfWeights
from sr_studio.engines.prior.preview_pace import PreviewPace
from sr_studio.engines.prior.settings import PriorDials, PriorSettings
from sr_studio.engines.prior.variance_stop import VarianceStop, sample_output
from sr_studio.engines.prior.windows import join_windows
from sr_studio.errors import BadResult
from sr_studio.imaging.region import Region
from sr_studio.losses.total_variation import TotalVariationLoss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.objectives import Objective
    from sr_studio.engines.prior.restoration import Curves, StoppedBy
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_JUMP = 10**0.5  # a loss this much higher, 5 dB, is a jump: the authors' code falls back there too
_PULL_EVERY = 20  # iterations between two looks at a GPU; a look waits for it
_SAVE_EVERY_S = 30.0
_REPORT_EVERY_S = 0.5  # twenty a second, each painted, took half a hundredth of a processor
_SGLD_NOISE = 2.0  # times the learning rate; as the authors of SGLD for this prior have it
_MOST_FALLBACKS = 20  # in a row
_REMEMBERED_LOSSES = 20


@dataclass(frozen=True, slots=True, eq=False)
class PriorMoment:
    """What is seen of a fit at one moment.

    Attributes:
        iteration: how many were done.
        restored: (1, C, H, W) float32 in [0, 1], on the CPU.
        curves: of all iterations so far.
        best_iteration: where the variance was least so far; 0 before it is known.
    """

    iteration: int
    restored: Tensor
    curves: Curves
    best_iteration: int


@dataclass(frozen=True, slots=True, eq=False)
class PriorResult:
    """What a fit ended with.

    Attributes:
        moment: the one that was chosen.
        stopped_by: "variance" where the automatic stop ended it.
        iterations: that were done; the moment may be an earlier one.
        seconds: of this run, without pauses.
        fallbacks: how often the loss jumped and the last good weights were taken again.
        state: everything needed to go on; tensors and plain values only.
    """

    moment: PriorMoment
    stopped_by: StoppedBy
    iterations: int
    seconds: float
    fallbacks: int
    state: dict[str, Any]


class MomentKeeper(Protocol):
    """Keeps some moments of a fit, to look at them later."""

    def is_due(self, iteration: int) -> bool:
        """Whether this moment is worth keeping; cheap, asked in each iteration."""

    def keep(self, moment: PriorMoment) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True, eq=False)
class PriorProblem:
    """The picture that is looked for, and how it is known when it is found.

    Attributes:
        width: of the restored picture.
        height: of it.
        channels: of it, 1 or 3.
        objective: window -> what is minimised there; the tensors lie where the fit runs.
        truth: (1, C, H, W) in [0, 1] on the CPU, to measure against; None where unknown.
        guide: (1, channels in, H, W) on the CPU that is the network's input, in place of noise.
        windows: in which the network is fitted by turns; the whole picture where empty.
        overlap_px: of the windows.
    """

    width: int
    height: int
    channels: int
    objective: Callable[[Region], Objective]
    truth: Tensor | None = None
    guide: Tensor | None = None
    windows: tuple[Region, ...] = ()
    overlap_px: int = 0


class PriorFit:
    """Minimises E(f(z); observed) over the weights of f, with a fixed input z.

    Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: "Deep Image Prior", CVPR 2018,
    https://arxiv.org/abs/1711.10925, equation 2. The task is the objective; this loop never knows
    which it is. As in the authors' code, noise is added to z in each iteration, outputs are
    averaged, and where the loss jumps by 5 dB the last good weights return. Deviations: the
    average is corrected for its start; sides are padded to the network's multiple and cut back.
    The authors' noise on the weights is left out: in their code it is drawn and never used.

    The same seed on the same processor gives the same result, however often it was resumed.

    Args:
        problem: what is looked for.
        spec: the network.
        settings: the numbers.
        device: where to run.
        precision: of the convolutions.
        context: cancelled within one iteration; `should_finish` takes the present moment.
            Previews are PriorMoments.
        dials: learning rate and noise, if they may change meanwhile.
        keeper: keeps moments.
        save: receives the state every half minute and at the end.
        state: of an earlier result, to go on from.
        seconds: stop cleanly after this long; pauses do not count.
    """

    def __init__(
        self,
        problem: PriorProblem,
        spec: PriorSpec,
        settings: PriorSettings,
        *,
        device: torch.device,
        precision: Precision = "fp32",
        context: JobContext,
        dials: PriorDials | None = None,
        keeper: MomentKeeper | None = None,
        save: Callable[[dict[str, Any]], None] | None = None,
        state: dict[str, Any] | None = None,
        seconds: float = math.inf,
    ) -> None:
        self._problem = problem
        self._spec = spec
        self._settings = settings
        self._device = device
        self._context = context
        self._dials = dials or PriorDials()
        self._keeper = keeper
        self._save = save
        self._seconds = seconds
        self._dtype = DTYPES[precision]
        self._windows = problem.windows or (Region(0, 0, problem.width, problem.height),)
        self._objectives: dict[int, Objective] = {}
        self._truths: dict[int, Tensor] = {}
        self._inputs: dict[int, Tensor] = {}
        with torch.random.fork_rng(devices=[]):  # layers draw their weights from the global one
            torch.manual_seed(settings.seed)
            network = spec.build(self._input_channels, problem.channels)
        network = network.to(device)
        self._network = network.to(  # type: ignore[call-overload]  # missing in the stubs
            memory_format=_memory_format(device, self._dtype)
        )
        self._weights = HalfWeights(self._network, self._dtype)
        self._generator = torch.Generator(device).manual_seed(settings.seed)
        if settings.fits_input:
            self._inputs = {index: self._make_input(index) for index in range(len(self._windows))}
        inputs = [each.requires_grad_() for each in self._inputs.values()]
        self._fitted = (*self._weights.fitted, *inputs)
        self._optimiser = torch.optim.Adam(
            self._fitted, lr=settings.learning_rate, fused=device.type in ("cpu", "cuda")
        )
        self._variation = TotalVariationLoss()
        self._stop = VarianceStop(settings.window, settings.patience)
        self._samples: dict[int, Tensor] = {}
        self._averages: dict[int, Tensor] = {}
        self._average_counts: dict[int, int] = {}
        self._best: dict[int, Tensor] = {}
        self._good = self._untried = self._copy_fitted()
        self._good_losses: dict[int, list[float]] = {}  # the last ones of each window
        self._fallbacks = self._fallbacks_in_a_row = 0
        self._step = 0
        self._recorder = CurveRecorder()
        self._previews = PreviewPace(context, device)
        self._reported_s = float("-inf")
        if state is not None:
            self._load(state)

    @property
    def _input_channels(self) -> int:
        guide = self._problem.guide
        return self._spec.input_channels if guide is None else int(guide.shape[1])

    def run(self) -> PriorResult:
        """Fit until the iterations, the time or the patience are over, or the user has enough.

        Raises:
            BadResult: the loss jumps again and again, or never is a number.
            JobCancelled: from the context, within one iteration.
        """
        started_s = saved_s = time.monotonic()
        total = self._settings.iterations * len(self._windows)
        pull_every = 1 if self._device.type == "cpu" else _PULL_EVERY
        stopped_by: StoppedBy = "iterations"
        with torch.enable_grad():
            while self._step < total:
                before_s = time.monotonic()
                self._context.checkpoint()  # does not return while the user pauses it
                started_s += time.monotonic() - before_s
                if self._context.should_finish:
                    stopped_by = "user"
                    break
                if time.monotonic() - started_s > self._seconds:
                    stopped_by = "time"
                    break
                self._iterate()
                if self._step % pull_every == 0 or self._step == total:
                    self._look(total)
                    if self._settings.stop == "auto" and self._stop.is_over:
                        stopped_by = "variance"
                        break
                is_whole = self._step % len(self._windows) == 0  # every window had its turn
                if is_whole and self._keeper and self._keeper.is_due(self._iteration):
                    self._keeper.keep(self.moment())
                self._previews.offer(self.moment)
                if self._save is not None and time.monotonic() - saved_s > _SAVE_EVERY_S:
                    self._save(self._state())
                    saved_s = time.monotonic()
        if self._step and not self._good_losses:  # never was the loss a number
            raise _never_settles()
        moment = self.moment()
        is_auto = self._settings.stop == "auto" and stopped_by in ("variance", "iterations")
        if is_auto and len(self._best) == len(self._windows) and self._stop.best_count:
            moment = PriorMoment(
                self._stop.best_count,
                self._joined(self._best),
                moment.curves,
                moment.best_iteration,
            )
        state = self._state()
        if self._save is not None:
            self._save(state)
        return PriorResult(
            moment,
            stopped_by,
            self._iteration,
            time.monotonic() - started_s,
            self._fallbacks,
            state,
        )

    def advance(self) -> None:
        """Do one iteration: for fits that go on in turns.

        Raises:
            BadResult: the loss jumps again and again.
        """
        with torch.enable_grad():
            for _ in self._windows:
                self._iterate()
        self._look(self._settings.iterations * len(self._windows))

    @property
    def parameters(self) -> int:
        """How many numbers are fitted: weights, and the input where that is fitted as well."""
        return sum(each.numel() for each in self._fitted)

    def curves(self) -> Curves:
        """Return what was measured so far; waits for the device."""
        self._recorder.pull()
        return self._recorder.curves(len(self._windows))

    @property
    def _iteration(self) -> int:
        return self._step // len(self._windows)

    def _iterate(self) -> None:
        """One step on one window."""
        settings = self._settings
        index = self._step % len(self._windows)
        window = self._windows[index]
        rate, deviation = self._dials.read(settings)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        network_input = self._input(index)
        if deviation:
            # drawn contiguous: in channels-last order it is slow
            noise = torch.randn(network_input.shape, generator=self._generator, device=self._device)
            network_input = network_input + deviation * noise
        restored = self._network(network_input.to(self._dtype))
        restored = restored[:, :, : window.height, : window.width]
        loss = self._objective(index)(restored)
        total = loss.sqrt() if settings.takes_root else loss
        if settings.tv_weight:
            total = total + settings.tv_weight * self._variation(restored, restored)
        self._optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._weights.take_gradients()
        self._optimiser.step()
        with torch.no_grad():
            if settings.optimiser == "sgld":
                for weight in self._weights.fitted:
                    draw = torch.randn(weight.shape, generator=self._generator, device=self._device)
                    weight.add_(draw, alpha=_SGLD_NOISE * rate)
            self._weights.push()
            self._watch(index, restored.detach(), loss.detach())
        self._step += 1

    def _watch(self, index: int, restored: Tensor, loss: Tensor) -> None:
        """Average, measure and look for the least variance; nothing waits for the device."""
        average = self._settings.average
        if index in self._averages:
            self._averages[index].lerp_(restored, 1 - average)
        else:
            self._averages[index] = restored * (1 - average)
        count = self._average_counts[index] = self._average_counts.get(index, 0) + 1
        self._samples[index] = sample_output(restored)
        unknown = loss.new_full((), torch.nan)
        variance = unknown
        if index == len(self._windows) - 1:
            sample = torch.cat([self._samples[each] for each in range(len(self._windows))])
            variance, is_least = self._stop.add(sample)
            for each in self._averages:
                shown = self._shown(each)
                best = self._best.get(each, shown)
                self._best[each] = torch.where(is_least, shown, best)
        psnr = average_psnr = unknown
        if self._problem.truth is not None:
            truth = self._truth(index)
            psnr = _psnr(restored, truth)
            average_psnr = _psnr(self._averages[index] / (1 - average**count), truth)
        self._recorder.add(loss, variance, psnr, average_psnr)

    def _look(self, total: int) -> None:
        """Read what was measured, report it, and fall back where the loss jumped."""
        losses = self._recorder.pull()[:, 0].tolist()
        if losses:
            self._fall_back_if_jumped(losses)
            now_s = time.monotonic()
            if now_s - self._reported_s >= _REPORT_EVERY_S or self._step == total:
                self._reported_s = now_s
                note = f"iteration {self._iteration}, loss {losses[-1]:.3g}"
                self._context.report(self._step, total, note)

    def _fall_back_if_jumped(self, losses: Sequence[float]) -> None:
        """Take the last good weights where one of these, the last, is far above those before."""
        first = self._step - len(losses)
        known = self._good_losses
        placed = [((first + i) % len(self._windows), loss) for i, loss in enumerate(losses)]
        is_finite = all(math.isfinite(loss) for loss in losses)
        # a small loss wavers by itself, so the worst of the last ones is what it is held against;
        # a negative loss, as of an activation, has no such measure
        has_jumped = any(
            loss > _JUMP * max(known.get(index, [math.inf])) > 0 for index, loss in placed
        )
        if is_finite and not has_jumped:
            self._good = self._untried  # their loss is the first of these
            self._untried = self._copy_fitted()
            self._fallbacks_in_a_row = 0
            for index, loss in placed:
                known[index] = [*known.get(index, []), loss][-_REMEMBERED_LOSSES:]
            return
        self._fallbacks += 1
        self._fallbacks_in_a_row += 1
        if self._fallbacks_in_a_row > _MOST_FALLBACKS:
            raise _never_settles()
        with torch.no_grad():
            for each, good in zip(self._fitted, self._good, strict=True):
                each.copy_(good)
            self._weights.push()
        self._untried = self._copy_fitted()
        if not is_finite:  # what is no number stays in every sum
            self._optimiser.state.clear()
            self._averages.clear()
            self._average_counts.clear()

    def _copy_fitted(self) -> list[Tensor]:
        return [each.detach().clone() for each in self._fitted]

    def _shown(self, index: int) -> Tensor:
        count = self._average_counts[index]
        corrected: Tensor = self._averages[index] / (1 - self._settings.average**count)
        return corrected

    def _joined(self, parts: dict[int, Tensor]) -> Tensor:
        problem = self._problem
        ordered = [parts[index] for index in range(len(self._windows))]
        return join_windows(
            ordered, self._windows, problem.width, problem.height, problem.overlap_px
        )

    def moment(self) -> PriorMoment:
        """Return what is seen of the fit now; waits for the device."""
        shown = {}
        for index, window in enumerate(self._windows):
            if index in self._averages:
                shown[index] = self._shown(index)
            else:
                size = (1, self._problem.channels, window.height, window.width)
                shown[index] = torch.full(size, 0.5)
        return PriorMoment(
            self._iteration, self._joined(shown), self.curves(), self._stop.best_count
        )

    def _objective(self, index: int) -> Objective:
        """Return it from the one window, or make it anew for each of several: they are large."""
        if index not in self._objectives:
            self._objectives.clear()
            self._objectives[index] = self._problem.objective(self._windows[index])
        return self._objectives[index]

    def _truth(self, index: int) -> Tensor:
        if index not in self._truths:
            self._truths.clear()
            rows, columns = self._windows[index].slices
            truth = self._problem.truth
            if truth is None:
                raise ValueError("there is no truth")
            self._truths[index] = truth[:, :, rows, columns].to(self._device)
        return self._truths[index]

    def _input(self, index: int) -> Tensor:
        if index not in self._inputs:
            self._inputs.clear()
            self._inputs[index] = self._make_input(index)
        return self._inputs[index]

    def _make_input(self, index: int) -> Tensor:
        """Return (1, C, h, w), padded to the network's multiple; the same whenever it is made."""
        spec, window = self._spec, self._windows[index]
        multiple = spec.size_multiple
        height, width = (  # twice the multiple at least: one pixel alone has no deviation
            max(-(-side // multiple), 2) * multiple for side in (window.height, window.width)
        )
        guide = self._problem.guide
        if guide is not None:
            rows, columns = window.slices
            cut = guide[:, :, rows, columns]
            padding = (0, width - window.width, 0, height - window.height)
            return F.pad(cut, padding, mode="replicate").to(self._device)
        size = (height // spec.input_reduction, width // spec.input_reduction)
        if spec.input_kind == "meshgrid":
            axes = [torch.linspace(0, 1, side, device=self._device) for side in size]
            down, across = torch.meshgrid(*axes, indexing="ij")
            return torch.stack([across, down])[None]
        generator = torch.Generator().manual_seed(self._settings.seed + index)
        shape = (1, spec.input_channels, *size)
        draw = torch.randn if spec.input_kind == "normal" else torch.rand
        return spec.input_scale * draw(shape, generator=generator).to(self._device)

    def _state(self) -> dict[str, Any]:
        return {
            "step": self._step,
            "windows": [astuple(window) for window in self._problem.windows],
            "fitted": self._copy_fitted(),
            "buffers": {k: v.clone() for k, v in self._network.state_dict().items()},
            "optimiser": self._optimiser.state_dict(),
            "generator": self._generator.get_state(),
            "stop": self._stop.state(),
            "averages": dict(self._averages),
            "average_counts": dict(self._average_counts),
            "samples": dict(self._samples),
            "best": dict(self._best),
            "good_losses": dict(self._good_losses),
            "fallbacks": self._fallbacks,
            "curves": torch.from_numpy(self._recorder.curves().values.copy()),
        }

    def _load(self, state: dict[str, Any]) -> None:
        device = self._device

        def there(tensors: dict[int, Tensor]) -> dict[int, Tensor]:
            return {index: tensor.to(device) for index, tensor in tensors.items()}

        self._step = state["step"]
        self._network.load_state_dict(state["buffers"])
        with torch.no_grad():
            for each, kept in zip(self._fitted, state["fitted"], strict=True):
                each.copy_(kept)
        self._optimiser.load_state_dict(state["optimiser"])
        self._generator.set_state(state["generator"].cpu())
        self._stop.load_state(state["stop"], device)
        self._averages, self._best = there(state["averages"]), there(state["best"])
        self._average_counts = dict(state["average_counts"])
        self._samples = there(state["samples"])
        self._good_losses = dict(state["good_losses"])
        self._good = self._untried = self._copy_fitted()
        self._fallbacks = state["fallbacks"]
        self._recorder = CurveRecorder(state["curves"].numpy())


def _never_settles() -> BadResult:
    return BadResult(
        "The fit does not settle: its loss jumps again and again.",
        advice="Choose a smaller learning rate.",
    )


def _memory_format(device: torch.device, dtype: torch.dtype) -> torch.memory_format:
    """Return the order of the channels in which convolutions are fastest.

    Last, but for fp32 on processors without AVX-512: there the gradients of the weights take twice
    as long in it (132 channels at 128x128: 133 ms against 64).
    """
    is_old_cpu = device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX2"
    is_plain = is_old_cpu and dtype == torch.float32
    return torch.contiguous_format if is_plain else torch.channels_last


def _psnr(restored: Tensor, truth: Tensor) -> Tensor:
    """Return the PSNR over all channels in dB, a scalar on the device."""
    return -10 * torch.log10(F.mse_loss(restored.clamp(0, 1), truth).clamp_min(1e-12))
