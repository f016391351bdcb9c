"""Reads what torch.save writes, old and new, and plain pickles, without running anything in them.

Networks that were saved as whole objects can be read too, which torch.load(weights_only=True)
refuses; and every file goes the same way, `_stub_unpickler`, which holds it to its own length.
"""

from __future__ import annotations

import mmap
import pickle
import zipfile
from typing import TYPE_CHECKING

from sr_studio.models._stub_unpickler import NoStorages, Storage, tensor_tree, unpickle

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from sr_studio.models._stub_unpickler import Tree

_ZIP_MAGIC = b"PK\x03\x04"
_LOCAL_HEADER_BYTES = 30
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of torch.save before version 1.6
_MOST_SHARED = 256  # bytes of all tensors for each byte of the file: recursive networks share
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
        tree = tensor_tree(saved, _MOST_SHARED * len(data))
    if tree is None:
        raise pickle.UnpicklingError("no tensors in it")
    return tree


def _read_stream(data: mmap.mmap) -> object:
    """Read torch.save of before version 1.6: five pickles and the numbers; or one plain pickle."""
    first, position = unpickle(data, 0, NoStorages())
    if first != _LEGACY_MAGIC:
        return first
    _version, position = unpickle(data, position, NoStorages())
    _sizes_of_c_types, position = unpickle(data, position, NoStorages())
    storages = _StreamStorages()
    saved, position = unpickle(data, position, storages)
    keys, position = unpickle(data, position, NoStorages())
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
        # TorchScript keeps its programs beside the numbers, compressed: they are not looked at
        entries = {
            entry.filename: entry for entry in archive.infolist() if "/code/" not in entry.filename
        }
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
    saved, _end = unpickle(data, start, _ZipStorages(data, f"{roots[0]}data/", extents), end)
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


class _StreamStorages:
    """The numbers follow in the file after all objects; till then the storages are empty."""

    def __init__(self) -> None:
        self.found: dict[str, Storage] = {}

    def get(self, key: str, dtype: torch.dtype, count: int) -> Storage:  # noqa: ARG002  count is repeated where the numbers are
        return self.found.setdefault(key, Storage(dtype))


class _ZipStorages:
    """Each storage is an entry of the archive."""

    def __init__(self, data: mmap.mmap, folder: str, extents: dict[str, tuple[int, int]]) -> None:
        self._data = data
        self._folder = folder
        self._extents = extents
        self._found: dict[str, Storage] = {}

    def get(self, key: str, dtype: torch.dtype, count: int) -> Storage:
        if key not in self._found:
            start, end = self._extents[self._folder + key]
            if end - start != count * dtype.itemsize:
                raise pickle.UnpicklingError(f"{end - start} bytes for {count} numbers")
            self._found[key] = Storage(dtype)
            self._found[key].fill(self._data, start, end - start)
        return self._found[key]
