"""Reads what torch.save writes, old and new, and plain pickles, without running anything in them.

Such a file can name any function of any module for the unpickler to call. This one resolves every
name to a stub that does nothing, but for the few that rebuild tensors, which it does itself; so
networks that were saved as whole objects can be read where torch.load(weights_only=True) refuses.
Before the unpickler sees a pickle, its opcodes are read one by one: what claims to be longer than
the file, or asks for more memory than it needs, is refused there.
"""

from __future__ import annotations

import io
import math
import mmap
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    Tree = Tensor | dict[str, "Tree"]

_ZIP_MAGIC = b"PK\x03\x04"
_LOCAL_HEADER_BYTES = 30
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of torch.save before version 1.6
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
_MOST_SHARED = 256  # bytes of all tensors for each byte of the file: recursive networks share


def read_pickle(path: Path) -> Tree:
    """Return the tensors that were saved, in dictionaries as they were nested.

    A whole nn.Module becomes its state dict. What is neither a tensor nor holds any is left out;
    integers that are keys become text.

    Raises:
        pickle.UnpicklingError, or another of `UNPICKLING_ERRORS`: the file is something else,
            damaged, hostile, or holds no tensors.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        saved = _read_zip(path, data) if data[:4] == _ZIP_MAGIC else _read_stream(data)
        tree = _Walk(most_bytes=_MOST_SHARED * len(data)).tree(saved)
    if tree is None:
        raise pickle.UnpicklingError("no tensors in it")
    return tree


# what unpicklers raise on bytes that are no pickle, or a damaged one
UNPICKLING_ERRORS = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)


def _read_stream(data: mmap.mmap) -> object:
    """Read torch.save of before version 1.6: five pickles and the numbers; or one plain pickle."""
    first, position = _unpickle(data, 0, _NoStorages())
    if first != _LEGACY_MAGIC:
        return first
    _version, position = _unpickle(data, position, _NoStorages())
    _sizes_of_c_types, position = _unpickle(data, position, _NoStorages())
    storages = _StreamStorages()
    saved, position = _unpickle(data, position, storages)
    keys, position = _unpickle(data, position, _NoStorages())
    if not isinstance(keys, list):
        raise pickle.UnpicklingError("no list of storages")
    for key in keys:
        storage = storages.found[str(key)]
        count = int.from_bytes(data[position : position + 8], "little")
        position = storage.fill(data, position + 8, count * storage.dtype.itemsize)
    return saved


def _read_zip(path: Path, data: mmap.mmap) -> object:
    """Read torch.save of version 1.6 and later: a zip archive that is never compressed."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
    is_plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries.values())
    if not is_plain or sum(entry.file_size for entry in entries.values()) > len(data):
        raise pickle.UnpicklingError("larger within than without")
    roots = [name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise pickle.UnpicklingError("no archive of torch.save")
    extents = {name: _extent(entry, data) for name, entry in entries.items()}
    start, end = extents.get(f"{roots[0]}byteorder", (0, 0))
    if data[start:end] not in (b"", b"little"):
        raise pickle.UnpicklingError("numbers with the high byte first")
    start, end = extents[f"{roots[0]}data.pkl"]
    saved, _end = _unpickle(data, start, _ZipStorages(data, f"{roots[0]}data/", extents), end)
    return saved


def _extent(entry: zipfile.ZipInfo, data: mmap.mmap) -> tuple[int, int]:
    """Return where the bytes of an entry begin and end."""
    header = data[entry.header_offset : entry.header_offset + _LOCAL_HEADER_BYTES]
    if len(header) != _LOCAL_HEADER_BYTES or not header.startswith(_ZIP_MAGIC):
        raise pickle.UnpicklingError("damaged archive")
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER_BYTES + names
    if start + entry.file_size > len(data):
        raise pickle.UnpicklingError("cut short")
    return start, start + entry.file_size


def _unpickle(
    data: mmap.mmap, start: int, storages: _Storages, limit: int | None = None
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
class _Storage:
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


class _Storages(Protocol):
    """Where the numbers of a file are."""

    def get(self, key: str, dtype: torch.dtype, count: int) -> _Storage: ...


class _NoStorages:
    """For pickles that hold no tensors."""

    def get(self, key: str, dtype: torch.dtype, count: int) -> _Storage:
        raise pickle.UnpicklingError(f"{count} numbers of {dtype} with no place for them: {key}")


class _StreamStorages:
    """The numbers follow in the file after all objects; till then the storages are empty."""

    def __init__(self) -> None:
        self.found: dict[str, _Storage] = {}

    def get(self, key: str, dtype: torch.dtype, count: int) -> _Storage:  # noqa: ARG002  count is repeated where the numbers are
        return self.found.setdefault(key, _Storage(dtype))


class _ZipStorages:
    """Each storage is an entry of the archive."""

    def __init__(self, data: mmap.mmap, folder: str, extents: dict[str, tuple[int, int]]) -> None:
        self._data = data
        self._folder = folder
        self._extents = extents
        self._found: dict[str, _Storage] = {}

    def get(self, key: str, dtype: torch.dtype, count: int) -> _Storage:
        if key not in self._found:
            start, end = self._extents[self._folder + key]
            if end - start != count * dtype.itemsize:
                raise pickle.UnpicklingError(f"{end - start} bytes for {count} numbers")
            self._found[key] = _Storage(dtype)
            self._found[key].fill(self._data, start, end - start)
        return self._found[key]


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
        if not isinstance(self.storage, _Storage) or len(shape) != len(stride):
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

    def __init__(self, file: io.BytesIO, storages: _Storages) -> None:
        super().__init__(file, encoding="latin-1")
        self._storages = storages

    @override
    def find_class(self, module: str, name: str) -> Any:
        return _ALLOWED.get((module, name), _Stub)

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


class _Walk:
    """Goes through what was unpickled, and ends whatever is in it.

    Args:
        most_bytes: of all tensors together.
    """

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
        for kind in ("_parameters", "_buffers"):
            for name, value in _named(module.state.get(kind)):
                if isinstance(value, _PendingTensor):
                    yield prefix + name, self._counted(value.tensor())
        for name, child in _named(module.state.get("_modules")):
            yield from self._module(child, f"{prefix}{name}.", depth + 1)

    def _counted(self, tensor: Tensor) -> Tensor:
        self._bytes_left -= tensor.numel() * tensor.itemsize
        if self._bytes_left < 0:
            raise pickle.UnpicklingError("the same numbers again and again")
        return tensor


def _named(values: object) -> Iterator[tuple[str, object]]:
    if isinstance(values, dict):
        yield from ((name, value) for name, value in values.items() if isinstance(name, str))
