"""Unpickles without running anything: every name is a stub, but for those that rebuild tensors.

A pickle can name any function of any module for the unpickler to call. This one resolves every name
to a stub that does nothing, but for the few that rebuild tensors, which it does itself. Before it
sees a pickle, the opcodes are read one by one: what claims to be longer than the file, or asks for
more memory than it fills, is refused there.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch
from typing_extensions import override

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

    from torch import Tensor

    Tree = Tensor | dict[str, "Tree"]

_DTYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
# extensions and buffers from outside the file, which torch.save never writes
_REFUSED = frozenset(("EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"))
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_MOST_OPCODES = 5_000_000
_MOST_OBJECTS = 500_000
_DEEPEST = 64


def unpickle(
    data: mmap.mmap, start: int, storages: Storages, limit: int | None = None
) -> tuple[Any, int]:
    """Return the object pickled at `start`, and where its pickle ends."""
    end = _check_opcodes(data, start)
    if limit is not None and end > limit:
        raise pickle.UnpicklingError("longer than its entry")
    return _StubUnpickler(io.BytesIO(data[start:end]), storages).load(), end


def _check_opcodes(data: mmap.mmap, start: int) -> int:
    """Return where the pickle ends; refuse what would take memory that it does not fill.

    The unpickler makes room for what an opcode claims before it reads on, and for as many
    memorized objects as the highest number says.
    """
    data.seek(start)
    opcodes = pickletools.genops(data)  # type: ignore[arg-type]  # it only reads, and asks where
    for count, (opcode, argument, _position) in enumerate(opcodes):
        if opcode.name in _REFUSED or count > _MOST_OPCODES:
            raise pickle.UnpicklingError(f"a pickle with {opcode.name} after {count} opcodes")
        if opcode.name in _PUTS and not 0 <= int(argument or 0) <= count:
            raise pickle.UnpicklingError("memorizes by numbers that it cannot have reached")
    return data.tell()


class _Stub:
    """Stands for every class and function that a pickle names; does nothing."""

    __slots__ = ("items", "state")
    items: dict[object, object]
    state: dict[object, object]

    def __new__(cls, *_arguments: object, **_keywords: object) -> _Stub:
        stub = super().__new__(cls)
        stub.state = {}
        stub.items = {}
        return stub

    def __init__(self, *_arguments: object, **_keywords: object) -> None:
        """Take anything."""

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {}

    def __setitem__(self, key: object, value: object) -> None:
        """Keep what dictionaries of the author's own kind hold."""
        self.items[key] = value

    def append(self, _item: object) -> None:
        """Leave out what lists of the author's own kind hold."""

    def extend(self, _items: object) -> None:
        """Leave out what lists of the author's own kind hold."""


class _ScriptStub(_Stub):
    """Stands for a module of TorchScript, whose state holds tensors and modules by their names."""

    __slots__ = ()


class _Fixed:
    """One object for all pickles, which none may change."""

    __slots__ = ()

    def __setstate__(self, _state: object) -> None:
        raise pickle.UnpicklingError("changes what is not its own")


class _StorageKind(_Fixed):
    """Stands for torch.FloatStorage and its like."""

    __slots__ = ("dtype",)

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


class _Parameter(_Fixed):
    """Stands for what makes a parameter of a tensor: returns the tensor."""

    __slots__ = ()

    def __call__(self, data: object = None, *_rest: object) -> object:
        return data


class _Subclass(_Fixed):
    """Stands for what makes a tensor of a subclass: calls what makes the tensor, one of ours."""

    __slots__ = ()

    def __call__(self, make: object, _kind: object, arguments: object, *_rest: object) -> object:
        is_known = make in (_PendingTensor, _PARAMETER)
        if not is_known or not isinstance(arguments, tuple) or not callable(make):
            return _Stub()
        return make(*arguments)


@dataclass(slots=True, eq=False)
class Storage:
    """The numbers that tensors share."""

    dtype: torch.dtype
    values: Tensor = field(default_factory=lambda: torch.empty(0))

    def fill(self, data: mmap.mmap, start: int, length: int) -> int:
        """Read `length` bytes at `start`; returns where they end."""
        if length > len(data) - start:
            raise pickle.UnpicklingError("the file is cut short")
        if length:
            content = bytearray(data[start : start + length])
            self.values = torch.frombuffer(content, dtype=self.dtype)
        return start + length


class Storages(Protocol):
    """Where the numbers of a file are."""

    def get(self, key: str, dtype: torch.dtype, count: int) -> Storage: ...


class NoStorages:
    """For pickles that hold no tensors."""

    def get(self, key: str, dtype: torch.dtype, count: int) -> Storage:
        raise pickle.UnpicklingError(f"{count} numbers of {dtype} with no place for them: {key}")


class _PendingTensor:
    """A view into a storage that may not be read yet."""

    __slots__ = ("offset", "shape", "storage", "stride")

    def __init__(
        self, storage: object, offset: object, shape: object, stride: object, *_rest: object
    ) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride

    def __setstate__(self, _state: object) -> None:
        """Ignore what old versions keep beside a parameter (its gradient switch)."""

    def tensor(self) -> Tensor:
        shape, stride, offset = _sizes(self.shape), _sizes(self.stride), _sizes((self.offset,))[0]
        if not isinstance(self.storage, Storage) or len(shape) != len(stride):
            raise pickle.UnpicklingError("a tensor without numbers")
        values = self.storage.values
        if math.prod(shape) > values.numel():  # also those that repeat numbers without end
            raise pickle.UnpicklingError("a tensor larger than its numbers")
        return values.as_strided(shape, stride, offset)  # checks where the last number lies


def _sizes(values: object) -> tuple[int, ...]:
    if not isinstance(values, tuple | list):
        raise pickle.UnpicklingError("no sizes")
    sizes = tuple(value for value in values if isinstance(value, int) and value >= 0)
    if len(sizes) != len(values):
        raise pickle.UnpicklingError("sizes that are no numbers")
    return sizes


_PARAMETER = _Parameter()
_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _PendingTensor,
    ("torch._utils", "_rebuild_tensor_v2"): _PendingTensor,
    ("torch._utils", "_rebuild_parameter"): _PARAMETER,
    ("torch._utils", "_rebuild_parameter_with_state"): _PARAMETER,
    ("torch._tensor", "_rebuild_from_type_v2"): _Subclass(),
    ("torch.nn.parameter", "Parameter"): _PARAMETER,
    **{("torch", name): _StorageKind(dtype) for name, dtype in _DTYPES.items()},
}


class _StubUnpickler(pickle.Unpickler):
    """Lets tensors through and turns everything else into stubs."""

    def __init__(self, file: io.BytesIO, storages: Storages) -> None:
        super().__init__(file, encoding="latin-1")
        self._storages = storages

    @override
    def find_class(self, module: str, name: str) -> Any:
        kind = _ScriptStub if module.startswith("__torch__") else _Stub
        return _ALLOWED.get((module, name), kind)

    @override
    def persistent_load(self, pid: Any) -> object:
        match pid:
            case ("module", *_):  # (class, source file, source): only the class is of use
                return _Stub
            case ("storage", _StorageKind() as kind, str() | int() as key, str(), int() as count):
                return self._storages.get(str(key), kind.dtype, count)
            case ("storage", _StorageKind() as kind, str() | int() as key, str(), int(), None):
                return self._storages.get(str(key), kind.dtype, pid[4])
        raise pickle.UnpicklingError("numbers of an unknown kind")


def tensor_tree(saved: object, most_bytes: int) -> Tree | None:
    """Return the tensors in what was unpickled, in dictionaries as they were nested.

    A whole nn.Module becomes its state dict. What is neither a tensor nor holds any is left out;
    integers that are keys become text.

    Args:
        saved: from `unpickle`.
        most_bytes: of all tensors together.

    Returns: None where there are no tensors.

    Raises:
        pickle.UnpicklingError: a tensor is not what it claims to be, or there is no end of them.
    """
    return _Walk(most_bytes).tree(saved)


class _Walk:
    """Goes through what was unpickled, and ends whatever is in it."""

    def __init__(self, most_bytes: int) -> None:
        self._objects_left = _MOST_OBJECTS
        self._bytes_left = most_bytes

    def tree(self, saved: object, depth: int = 0) -> Tree | None:
        """Return the tensors in `saved`; None where there are none."""
        self._objects_left -= 1
        if depth > _DEEPEST or self._objects_left < 0:
            raise pickle.UnpicklingError("nested without end")
        if isinstance(saved, _PendingTensor):
            return self._counted(saved.tensor())
        if isinstance(saved, _Stub):
            if tensors := dict(self._module(saved, "", depth)):
                return {**tensors}
            saved = saved.items
        if not isinstance(saved, dict):
            return None
        found: dict[str, Tree] = {}
        for key, value in saved.items():
            inner = self.tree(value, depth + 1) if isinstance(key, str | int) else None
            if inner is not None:
                found[str(key)] = inner
        return found or None

    def _module(self, module: object, prefix: str, depth: int) -> Iterator[tuple[str, Tensor]]:
        """Yield what `state_dict` would: parameters, then buffers, then those of the children."""
        self._objects_left -= 1
        if depth > _DEEPEST or self._objects_left < 0:
            raise pickle.UnpicklingError("nested without end")
        if not isinstance(module, _Stub):
            return
        is_script = isinstance(module, _ScriptStub)
        own = (module.state,) if is_script else map(module.state.get, ("_parameters", "_buffers"))
        for values in own:
            for name, value in _named(values):
                if isinstance(value, _PendingTensor):
                    yield prefix + name, self._counted(value.tensor())
        for name, child in _named(module.state if is_script else module.state.get("_modules")):
            yield from self._module(child, f"{prefix}{name}.", depth + 1)

    def _counted(self, tensor: Tensor) -> Tensor:
        self._bytes_left -= tensor.numel() * tensor.itemsize
        if self._bytes_left < 0:
            raise pickle.UnpicklingError("the same numbers again and again")
        return tensor


def _named(values: object) -> Iterator[tuple[str, object]]:
    if isinstance(values, dict):
        yield from ((name, value) for name, value in values.items() if isinstance(name, str))
