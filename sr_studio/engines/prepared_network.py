"""Brings a network to a device in the fastest arithmetic that gives its pictures unharmed."""

from __future__ import annotations

import copy
import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from sr_studio.engines.device import DTYPES, Precision
from sr_studio.engines.half_precision import LAYERS, HalfPlan, apply_plan, half_plans
from sr_studio.engines.memory_probe import measure_peak_bytes
from sr_studio.errors import BadResult
from sr_studio.models._conditions import NOTHING_TOLD, Conditions, apply_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.models._spec import ModelSpec

# How far half precision may be from fp32 on a test picture, in dB. At 66 dB a result of 38 dB
# loses 0.007 dB. Where no plan reaches it, the fastest that comes near the best one is good enough
# above a floor: an 8-bit picture is itself rounded at 59 dB, and networks that invent texture
# are 20 to 30 dB from any truth.
_UNHARMED_DB = 66.0
_NEAR_DB = 1.0
_FLOOR_DB = {"faithful": 60.0, "perceptual": 54.0}
_SANE_DB = 40.0  # a precision that the user chose may show, but must not break the picture
_PROBE_PX = 48
_CUDA_REPEATS = 6  # of the test picture, to measure memory
_CPU_OVERHEAD = 1.5  # resident memory against tensors: 1.2 to 1.5 in five networks


@dataclass(frozen=True, slots=True, eq=False)
class PreparedNetwork:
    """A network ready to run: on its device, channels-last, in its arithmetic.

    Attributes:
        spec: what the network says about itself.
        scale: what it enlarges by.
        module: a copy of its own; white is `spec.value_range` for it.
        device: where it runs.
        precision: of the arithmetic; its input and output are fp32 all the same.
        bytes_per_px: peak memory per pixel of its input, measured.
        steps: calls of `tell` in one run, counted: recursive networks run a layer many times.
        notes: what the user should know, a sentence each.
        conditions: what the network was told of the pictures to come.
        enlargement: (H*scale, W*scale, C) float32, of one picture: what the network reads in place
            of its bicubic enlargement. Such a network runs for that picture only.
        learning_s: how long learning that took, for the report; 0 once it was told.
    """

    spec: ModelSpec
    scale: int
    module: nn.Module
    device: torch.device
    precision: Precision
    bytes_per_px: float
    steps: int
    notes: tuple[str, ...] = ()
    conditions: Conditions = NOTHING_TOLD
    enlargement: Pixels | None = None
    learning_s: float = 0.0

    @property
    def removes_noise(self) -> bool:
        """Whether what it returns may differ from the picture pixel by pixel."""
        return self.spec.task == "denoise" or bool(self.conditions.noise_sigma)

    def __call__(self, tile: Tensor) -> Tensor:
        """tile: (1, C, H, W) in [0, 1] on `device`. Returns: the same, enlarged, not clamped."""
        return _run(self.module, tile, self.spec.value_range, self.precision)

    @contextmanager
    def on_step(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` before each layer, so that a long tile can be cancelled and shown."""
        handles = [
            layer.register_forward_pre_hook(lambda _layer, _inputs: tell())
            for layer in _layers(self.module)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def prepare_network(
    spec: ModelSpec,
    network: nn.Module,
    scale: int,
    *,
    device: torch.device,
    precision: Precision,
    is_fixed: bool = False,
    conditions: Conditions = NOTHING_TOLD,
) -> PreparedNetwork:
    """Copy `network` to `device` and check it there against fp32 on the CPU, on a test picture.

    In half precision the fastest plan that leaves the picture unharmed is taken; where none
    does, or the device errs, fp32 and at last the CPU take over.

    Args:
        spec: of the network.
        network: on the CPU in fp32, in eval mode; left as it is.
        scale: what it was built for.
        device: where to run.
        precision: what to compute in.
        is_fixed: the user chose the precision: it stays, however inexact.
        conditions: what to tell the network.

    Raises:
        InvalidRequest: the network cannot be told that.
        BadResult: the network gives no finite numbers even in fp32 on the CPU.
    """
    original = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
    apply_conditions(spec, original, conditions)
    original.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub lacks it
    probe = _test_picture(spec)
    order: list[str] = []
    with torch.inference_mode(), _record_order(original, order):
        expected = _run(original, probe, spec.value_range, "fp32")
    if not torch.isfinite(expected).all():
        raise BadResult(
            f"The network {spec.title} returns no numbers for a test picture.",
            advice="Its weights are damaged: verify them, or choose other weights.",
        )
    notes: list[str] = []
    for place, arithmetic, wanted_db in _attempts(spec, device, precision, is_fixed=is_fixed):
        module, quality_db = _best_module(
            original, (probe, expected), order, spec, place, arithmetic
        )
        if quality_db >= wanted_db:
            if is_fixed and quality_db < _FLOOR_DB[spec.look]:
                notes.append(f"{arithmetic} is {quality_db:.0f} dB from fp32 with this network.")
            ready = PreparedNetwork(
                spec,
                scale,
                module,
                place,
                arithmetic,
                0.0,
                0,
                tuple(notes),
                conditions,
            )
            return _measure(ready, probe)
        if arithmetic == "fp32" or quality_db < _SANE_DB:
            found = f"{quality_db:.0f} dB" if math.isfinite(quality_db) else "no numbers"
            notes.append(f"{place} failed its test in {arithmetic} ({found}) and was not used.")
    raise BadResult(
        f"The network {spec.title} does not work in {precision}.",
        advice="Choose the precision auto or fp32.",
    )


def _attempts(
    spec: ModelSpec, device: torch.device, precision: Precision, *, is_fixed: bool
) -> list[tuple[torch.device, Precision, float]]:
    """Return where to run, in what arithmetic, and how exact that must be, best first."""
    if is_fixed and precision != "fp32":
        return [(device, precision, _SANE_DB)]
    floor_db = _FLOOR_DB[spec.look]
    attempts = [(device, precision, floor_db)]
    if precision != "fp32":
        attempts.append((device, "fp32", floor_db))
    if device.type != "cpu":
        attempts.append((torch.device("cpu"), "fp32", floor_db))
    return attempts


def _best_module(
    original: nn.Module,
    probe: tuple[Tensor, Tensor],
    order: list[str],
    spec: ModelSpec,
    device: torch.device,
    precision: Precision,
) -> tuple[nn.Module, float]:
    """Return the network as it runs best there, and its agreement with fp32 on the CPU in dB."""
    if precision == "fp32":
        if device.type == "cpu":
            return original, math.inf  # that is what the others are measured against
        plans: tuple[HalfPlan, ...] = (HalfPlan(),)
    else:
        plans = half_plans(original, order)
    picture, expected = probe
    tried: list[tuple[nn.Module, float]] = []
    for plan in plans:
        module = apply_plan(original, plan).to(device)
        try:
            with torch.inference_mode():
                output = _run(module, picture.to(device), spec.value_range, precision).cpu()
        except torch.AcceleratorError:  # a driver that fails: the CPU takes over
            return original, -math.inf
        tried.append((module, _agreement_db(output, expected)))
        if tried[-1][1] >= _UNHARMED_DB:
            return tried[-1]
    best_db = max(quality_db for _, quality_db in tried)
    return next(each for each in tried if each[1] >= best_db - _NEAR_DB or each[1] == best_db)


def _run(module: nn.Module, tile: Tensor, white: float, precision: Precision) -> Tensor:
    if white != 1.0:
        tile = tile * white
    enabled = precision != "fp32"
    dtype = DTYPES[precision] if enabled else None
    with torch.autocast(tile.device.type, dtype, enabled=enabled, cache_enabled=False):
        output: Tensor = module(tile)
    output = output.float()
    return output if white == 1.0 else output / white


def _layers(module: nn.Module) -> list[nn.Module]:
    return [layer for layer in module.modules() if isinstance(layer, LAYERS)]


@contextmanager
def _record_order(module: nn.Module, order: list[str]) -> Iterator[None]:
    """Append the name of each convolution to `order` as it runs."""
    handles = [
        layer.register_forward_pre_hook(lambda _layer, _inputs, name=name: order.append(name))
        for name, layer in module.named_modules()
        if isinstance(layer, LAYERS)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _agreement_db(output: Tensor, expected: Tensor) -> float:
    mean_square = torch.mean((output - expected) ** 2, dtype=torch.float64).item()
    if not math.isfinite(mean_square):
        return -math.inf
    return math.inf if mean_square == 0 else -10 * math.log10(mean_square)


def _measure(ready: PreparedNetwork, probe: Tensor) -> PreparedNetwork:
    """Run the network once to see what memory it takes and in how many steps it gets there."""
    picture = probe.to(ready.device)
    overhead = _CPU_OVERHEAD
    if ready.device.type == "cuda":  # its libraries' work space counts, once: make it small
        picture = picture.repeat(1, 1, _CUDA_REPEATS, _CUDA_REPEATS)
        overhead = 1.0
    steps: list[None] = []
    with torch.inference_mode(), ready.on_step(lambda: steps.append(None)):
        peak = measure_peak_bytes(lambda: ready(picture), ready.device)
    bytes_per_px = overhead * (peak + picture.nbytes) / (picture.shape[2] * picture.shape[3])
    return replace(ready, bytes_per_px=bytes_per_px, steps=len(steps))


def _test_picture(spec: ModelSpec) -> Tensor:
    """Return (1, C, H, W) in [0, 1] with the statistics of photos: all sizes of things, an edge."""
    side = -(-_PROBE_PX // spec.size_multiple) * spec.size_multiple
    generator = torch.Generator().manual_seed(0)
    picture = torch.zeros(1, 3, side, side)
    cells, contrast = 2, 1.0
    while cells <= side:  # half as strong at half the size, as in nature
        gray = torch.randn(1, 1, cells, cells, generator=generator)
        colour = torch.randn(1, 3, cells, cells, generator=generator)
        picture += contrast * functional.interpolate(
            gray + 0.3 * colour, size=(side, side), mode="bilinear"
        )
        cells, contrast = 2 * cells, contrast / 2
    picture = (picture - picture.amin()) / (picture.amax() - picture.amin())
    picture[:, :, : side // 3, side // 2 :] *= 0.3
    channels = 3 if spec.channels == "rgb" else 1
    return picture[:, :channels].contiguous(memory_format=torch.channels_last)
