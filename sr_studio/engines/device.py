"""Chooses the device and the precision, and says what there is."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import psutil
import torch

from sr_studio.errors import InvalidRequest, SrStudioError

if TYPE_CHECKING:
    from collections.abc import Mapping

Precision: TypeAlias = Literal["fp32", "bf16", "fp16"]

DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
_PROBE_PX = 96
_PROBE_RUNS = 5
_WORTH = 1.3  # bf16 must be this much faster: with units it is 2 x, emulated 0.1 to 0.9 x
_TENSOR_CORES = (7, 0)


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device of this machine.

    Attributes:
        name: what `--device` takes.
        title: for people.
        memory_mib: in all.
        precision: what "auto" means there for 8-bit pictures.
    """

    name: str
    title: str
    memory_mib: int
    precision: Precision


def describe_devices() -> tuple[DeviceInfo, ...]:
    """Return every device, the one that "auto" means first."""
    return tuple(
        DeviceInfo(
            str(device),
            _title(device),
            _total_memory_bytes(device) >> 20,
            choose_precision(device, "auto", is_8bit=True),
        )
        for device in _devices()
    )


def choose_device(name: str) -> torch.device:
    """Return the device called "auto", "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        InvalidRequest: no such name exists.
        SrStudioError: the device is not in this machine.
    """
    devices = _devices()
    if name == "auto":
        return devices[0]
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (":" in name and not index.isdecimal()):
        raise InvalidRequest(
            f"{name!r} is not a device.", advice="Choose auto, cpu, cuda, cuda:N or mps."
        )
    for device in devices:
        if device.type == kind and (not index or device.index in (None, int(index))):
            return device
    there = ", ".join(str(device) for device in devices)
    raise SrStudioError(f"The device {name} is not there.", advice=f"Choose auto or {there}.")


def choose_precision(
    device: torch.device, name: Literal["auto"] | Precision, *, is_8bit: bool
) -> Precision:
    """Return the arithmetic to compute in.

    16-bit and float pictures are computed in fp32 unless asked otherwise: bf16 has 8 significant
    bits, fp16 has 11, which shows as noise of several steps of 65,535 and can band a sky that is
    edited later.

    Args:
        device: where the network will run.
        name: the user's choice.
        is_8bit: the picture's depth; what half precision loses is far below its steps.
    """
    if name != "auto":
        return name
    if not is_8bit or device.type == "mps":
        return "fp32"
    if device.type == "cuda":
        return "fp16" if torch.cuda.get_device_capability(device) >= _TENSOR_CORES else "fp32"
    return "bf16" if _cpu_gains_from_bf16() else "fp32"


def free_memory_bytes(device: torch.device) -> int:
    """Return what a computation may still take on `device`."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + unused
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return int(psutil.virtual_memory().available)


def _devices() -> list[torch.device]:
    devices = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append(torch.device("mps"))
    return [*devices, torch.device("cpu")]


def _title(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple graphics"
    name = _cpu_capabilities().get("cpu_name") or platform.processor() or platform.machine()
    return f"{name}, {torch.get_num_threads()} threads"


def _total_memory_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    return int(psutil.virtual_memory().total)


def _cpu_capabilities() -> Mapping[str, object]:
    return torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}


@cache
def _cpu_gains_from_bf16() -> bool:
    """Ask the CPU; where it does not say, measure a convolution (some 10 ms)."""
    capabilities = _cpu_capabilities()
    if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"):
        return True
    fp32, bf16 = (_convolution_s(dtype) for dtype in (torch.float32, torch.bfloat16))
    return fp32 > _WORTH * bf16


def _convolution_s(dtype: torch.dtype) -> float:
    with torch.inference_mode():
        weight = torch.ones(64, 64, 3, 3, dtype=dtype)
        features = torch.ones(1, 64, _PROBE_PX, _PROBE_PX, dtype=dtype)
        features = features.contiguous(memory_format=torch.channels_last)
        seconds = []
        for _ in range(_PROBE_RUNS):
            started_s = time.perf_counter()
            torch.nn.functional.conv2d(features, weight, padding=1)
            seconds.append(time.perf_counter() - started_s)
    return min(seconds)
