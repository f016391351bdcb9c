"""Brings a network to a device in the fastest arithmetic that gives its pictures unharmed."""

from __future__ import annotations

import copy
import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.engines.device import DTYPES, Precision
from sr_studio.engines.memory_probe import measure_peak_bytes
from sr_studio.errors import BadResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from sr_studio.models._spec import ModelSpec

# Half precision's error against fp32 on a test picture. At 66 dB a result of 38 dB loses
# 0.007 dB. Networks whose last layer rounds the whole picture to bf16 reach 58 dB, the same
# with that layer in fp32 70 to 85 dB, so that nothing lies near the line.
_UNHARMED_DB = 66.0
_SANE_DB = 40.0  # a precision that the user chose may show, but must not break the picture
_PROBE_PX = 48
_PICTURE_CHANNELS = 4  # layers on so few channels work on pictures, not on features
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


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
        steps: calls of `on_step` in one run.
        notes: what the user should know, a sentence each.
    """

    spec: ModelSpec
    scale: int
    module: nn.Module
    device: torch.device
    precision: Precision
    bytes_per_px: float
    steps: int
    notes: tuple[str, ...] = ()

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
) -> PreparedNetwork:
    """Copy `network` to `device` and check it there against fp32 on the CPU, on a test picture.

    Half precision runs under autocast, so that sums of picture and residual stay fp32. Where
    that is not enough, the layers that make pictures are kept in fp32, then all that read them;
    where this is not enough either, or the device errs, fp32 and at last the CPU take over, with
    a note that says so.

    Args:
        spec: of the network.
        network: on the CPU in fp32, in eval mode; left as it is.
        scale: what it was built for.
        device: where to run.
        precision: what to compute in.
        is_fixed: the user chose the precision: it stays, however inexact.

    Raises:
        BadResult: the network gives no finite numbers even in fp32 on the CPU.
    """
    original = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
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
    for place, arithmetic, wanted_db in _attempts(device, precision, is_fixed=is_fixed):
        module, quality_db = _best_module(
            original, (probe, expected), order, spec, place, arithmetic
        )
        if quality_db >= wanted_db:
            if quality_db < _UNHARMED_DB:
                notes.append(f"{arithmetic} is exact to {quality_db:.0f} dB here, fp32 in full.")
            ready = PreparedNetwork(
                spec, scale, module, place, arithmetic, 0.0, len(_layers(module)), tuple(notes)
            )
            return replace(ready, bytes_per_px=_bytes_per_px(ready, probe))
        notes.append(
            f"{place} in {arithmetic} failed its test ({_in_words(quality_db)}) and is not used."
        )
    raise BadResult(
        f"The network {spec.title} does not work in {precision}.",
        advice="Choose the precision auto or fp32.",
    )


def _attempts(
    device: torch.device, precision: Precision, *, is_fixed: bool
) -> list[tuple[torch.device, Precision, float]]:
    """Return where to run, in what arithmetic, and how exact that must be, best first."""
    if is_fixed and precision != "fp32":
        return [(device, precision, _SANE_DB)]
    attempts = [(device, precision, _UNHARMED_DB)]
    if precision != "fp32":
        attempts.append((device, "fp32", _UNHARMED_DB))
    if device.type != "cpu":
        attempts.append((torch.device("cpu"), "fp32", _UNHARMED_DB))
    return attempts


def _best_module(
    original: nn.Module,
    probe: tuple[Tensor, Tensor],
    order: list[str],
    spec: ModelSpec,
    device: torch.device,
    precision: Precision,
) -> tuple[nn.Module, float]:
    """Return the variant with the fewest fp32 layers that is unharmed, or else the best."""
    if device.type == "cpu" and precision == "fp32":
        return original, math.inf  # that is what the others are measured against
    picture, expected = probe
    best, best_db = original, -math.inf
    for kept in _layers_to_keep(original, order, precision):
        module = _keep_full_precision(original, kept).to(device)
        try:
            with torch.inference_mode():
                output = _run(module, picture.to(device), spec.value_range, precision).cpu()
        except torch.AcceleratorError:  # a driver that fails: the CPU takes over
            continue
        quality_db = _agreement_db(output, expected)
        if quality_db > best_db:
            best, best_db = module, quality_db
        if best_db >= _UNHARMED_DB:
            break
    return best, best_db


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
    return [layer for layer in module.modules() if isinstance(layer, _CONVOLUTIONS)]


@contextmanager
def _record_order(module: nn.Module, order: list[str]) -> Iterator[None]:
    """Append the name of each convolution to `order` as it runs."""
    handles = [
        layer.register_forward_pre_hook(lambda _layer, _inputs, name=name: order.append(name))
        for name, layer in module.named_modules()
        if isinstance(layer, _CONVOLUTIONS)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layers_to_keep(
    module: nn.Module, order: list[str], precision: Precision
) -> list[frozenset[str]]:
    """Return which layers to keep in fp32, the cheapest choice first."""
    if precision == "fp32":
        return [frozenset()]
    on_pictures = {name for name in order if _channels_in(module, name) <= _PICTURE_CHANNELS}
    last: set[str] = set()  # from the end back to the layer that turns features into a picture
    for name in reversed(order):
        last.add(name)
        if name not in on_pictures:
            break
    return [frozenset(), frozenset(last), frozenset(last | on_pictures)]


def _channels_in(module: nn.Module, name: str) -> int:
    layer = module.get_submodule(name)
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        return layer.in_channels
    return layer.in_features if isinstance(layer, nn.Linear) else 0


class _FullPrecision(nn.Module):
    """A layer that autocast leaves alone."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    @override
    def forward(self, features: Tensor) -> Tensor:
        with torch.autocast(features.device.type, enabled=False):
            result: Tensor = self.layer(features.float())
        return result


def _keep_full_precision(module: nn.Module, names: frozenset[str]) -> nn.Module:
    own = copy.deepcopy(module)
    for name in names:
        parent, _, leaf = name.rpartition(".")
        setattr(own.get_submodule(parent), leaf, _FullPrecision(own.get_submodule(name)))
    return own


def _agreement_db(output: Tensor, expected: Tensor) -> float:
    mean_square = torch.mean((output - expected) ** 2, dtype=torch.float64).item()
    if not math.isfinite(mean_square):
        return -math.inf
    return math.inf if mean_square == 0 else -10 * math.log10(mean_square)


def _in_words(quality_db: float) -> str:
    return (
        f"{quality_db:.0f} dB from fp32 on the CPU" if math.isfinite(quality_db) else "no numbers"
    )


def _bytes_per_px(ready: PreparedNetwork, probe: Tensor) -> float:
    picture = probe.to(ready.device)
    with torch.inference_mode():
        peak = measure_peak_bytes(lambda: ready(picture), ready.device)
    return (peak + picture.nbytes) / (picture.shape[2] * picture.shape[3])


def _test_picture(spec: ModelSpec) -> Tensor:
    """Return (1, C, H, W) with what pictures have: slopes, an edge, texture, black and white."""
    side = -(-_PROBE_PX // spec.size_multiple) * spec.size_multiple
    generator = torch.Generator().manual_seed(0)
    slope = torch.linspace(0, 1, side)
    noise = torch.rand(side, side, generator=generator)
    plane = 0.5 * (slope[None, :] + slope[:, None].flip(0))  # (H, W)
    plane[: side // 3, : side // 3] = noise[: side // 3, : side // 3]
    plane[-side // 3 :, -side // 3 :] = 1.0
    planes = (plane, plane.flip(0), plane.T) if spec.channels == "rgb" else (plane,)
    picture = torch.stack(planes)[None]  # (1, C, H, W)
    return picture.contiguous(memory_format=torch.channels_last)
