"""Measures how much memory a computation takes at its peak."""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from typing_extensions import override

if sys.platform == "win32":
    import psutil
else:
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable


def process_peak_mib() -> int:
    """Return the most main memory that this process has held since it started."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset) >> 20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)  # bytes there, KiB on Linux


def measure_peak_bytes(compute: Callable[[], object], device: torch.device) -> int:
    """Run `compute` and return the peak of the memory that it took on `device`."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before: int = torch.cuda.memory_allocated(device)
        compute()
        peak: int = torch.cuda.max_memory_allocated(device)
        return peak - before
    live = _LiveTensors()
    with live:
        compute()
    return live.peak_bytes


class _LiveTensors(TorchDispatchMode):
    """Follows every tensor that an operation makes, since the CPU's allocator keeps no books.

    What an operation takes for itself and gives back before it returns is not seen.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.peak_bytes = 0
        self._bytes = 0
        self._holders: Counter[int] = Counter()  # address -> tensors that share it

    @override
    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        known = {tensor.untyped_storage().data_ptr() for tensor in _tensors((args, kwargs))}
        result = func(*args, **(kwargs or {}))
        for tensor in _tensors(result):
            address = tensor.untyped_storage().data_ptr()
            if address in known and address not in self._holders:
                continue  # a view of what was there before
            size = tensor.untyped_storage().nbytes()
            if self._holders[address] == 0:
                self._bytes += size
            self._holders[address] += 1
            weakref.finalize(tensor, self._release, address, size)
        self.peak_bytes = max(self.peak_bytes, self._bytes)
        return result

    def _release(self, address: int, size: int) -> None:
        self._holders[address] -= 1
        if self._holders[address] == 0:
            del self._holders[address]
            self._bytes -= size


def _tensors(tree: object) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]
