"""Reads networks that were saved as whole pickled objects, without running anything in them.

Such a file can name any function of any module for the unpickler to call. This one resolves every
name to a stub that does nothing, but for the few that rebuild tensors, which it does itself.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import torch
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from torch import Tensor

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of torch.save before version 1.6
_DTYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
}


def read_pickled_network(path: Path) -> dict[str, Tensor]:
    """Return the parameters and buffers of a pickled nn.Module under their state-dict names.

    Reads the format of torch.save before version 1.6, in which such files were published.

    Raises:
        pickle.UnpicklingError: the file is something else, damaged, or holds no network.
    """
    with path.open("rb") as file:
        if _load(file) != _LEGACY_MAGIC:
            raise pickle.UnpicklingError("not a file of torch.save before version 1.6")
        _load(file)  # protocol version
        _load(file)  # sizes of C types
        unpickler = _StubUnpickler(file)
        saved = unpickler.load()
        for key in _load(file):
            unpickler.storages[str(key)].fill(file)
    # either the network itself or a checkpoint: {"epoch": 50, "model": the network}
    for candidate in saved.values() if isinstance(saved, dict) else (saved,):
        if tensors := dict(_walk(candidate, "")):
            return tensors
    raise pickle.UnpicklingError("no network in it")


class _Stub:
    """Stands for every class and function that a pickle names; does nothing."""

    def __new__(cls, *_arguments: object, **_keywords: object) -> _Stub:
        return super().__new__(cls)

    def __init__(self, *_arguments: object, **_keywords: object) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {}


class _StorageKind:
    """Stands for torch.FloatStorage and its like."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype


class _Storage:
    """The numbers that tensors share; they follow in the file after all objects."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self.values = torch.empty(0)

    def fill(self, file: IO[bytes]) -> None:
        count = int.from_bytes(file.read(8), "little")
        data = file.read(count * self.dtype.itemsize)
        if len(data) != count * self.dtype.itemsize:
            raise pickle.UnpicklingError("the file is cut short")
        self.values = torch.from_numpy(np.frombuffer(data, self.dtype).astype(np.float32))


class _PendingTensor:
    """A view into a storage that is not read yet."""

    def __init__(
        self,
        storage: _Storage,
        offset: int,
        shape: Sequence[int],
        stride: Sequence[int],
        *_rest: object,
    ) -> None:
        self.storage = storage
        self.view = tuple(shape), tuple(stride), offset

    def __setstate__(self, _state: object) -> None:
        """Ignore what old versions keep beside a parameter (its gradient switch)."""

    def tensor(self) -> Tensor:
        return self.storage.values.as_strided(*self.view).clone()


def _parameter(data: object = None, *_rest: object) -> object:
    return data


_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _PendingTensor,
    ("torch._utils", "_rebuild_tensor_v2"): _PendingTensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.nn.parameter", "Parameter"): _parameter,
    **{("torch", name): _StorageKind(dtype) for name, dtype in _DTYPES.items()},
}


class _StubUnpickler(pickle.Unpickler):
    """Lets tensors through and turns everything else into stubs."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, encoding="latin-1")
        self.storages: dict[str, _Storage] = {}

    @override
    def find_class(self, module: str, name: str) -> Any:
        return _ALLOWED.get((module, name), _Stub)

    @override
    def persistent_load(self, pid: Any) -> object:
        kind, *details = pid
        if kind == "module":  # (class, source file, source): only the class is of use
            return details[0]
        if kind != "storage" or not isinstance(details[0], _StorageKind):
            raise pickle.UnpicklingError(f"a {kind} of an unknown kind")
        return self.storages.setdefault(str(details[1]), _Storage(details[0].dtype))


def _load(file: IO[bytes]) -> Any:
    return _StubUnpickler(file).load()


def _walk(module: object, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Yield what `state_dict` would: parameters, then buffers, then those of the children."""
    if not isinstance(module, _Stub):
        return
    for kind in ("_parameters", "_buffers"):
        for name, value in module.state.get(kind, {}).items():
            if isinstance(value, _PendingTensor):
                yield prefix + name, value.tensor()
    for name, child in module.state.get("_modules", {}).items():
        yield from _walk(child, f"{prefix}{name}.")
