"""Room for results: in memory while they are small, in a vanishing file beyond that."""

from __future__ import annotations

import math
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_studio import resource_files
from sr_studio.errors import CannotWrite, OutOfMemory

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels

_LARGEST_IN_MEMORY_PX = 64_000_000
_SPARE_BYTES = 256 << 20  # never fill the user's disk to the last byte


def allocate_pixels(
    shape: tuple[int, ...], dtype: np.dtype[Any], *, is_sparse: bool = False
) -> Pixels:
    """Return an uninitialised array, mapped to a temporary file above 64 megapixels.

    The file has no name (on Windows: is deleted on close), so that it vanishes with the array's
    last user, also when the program crashes.

    Args:
        shape: (H, W, ...).
        dtype: of the pixels.
        is_sparse: only a small part will be written: address space is taken, memory is not.

    Raises:
        CannotWrite: the disk has not enough room.
        OutOfMemory: not even the address space is there.
    """
    try:
        if is_sparse or shape[0] * shape[1] <= _LARGEST_IN_MEMORY_PX:
            return np.empty(shape, dtype)
    except MemoryError:
        raise OutOfMemory(
            f"There is not enough memory for a picture of {shape[1]} × {shape[0]} px.",
            advice="Choose a smaller scale.",
        ) from None
    folder = resource_files.data_folder() / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    needed = math.prod(shape) * dtype.itemsize
    _check_room(folder, needed)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype, mode="w+", shape=shape)  # holds the file by itself


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise CannotWrite(
            f"The result needs {needed / 1e9:.1f} GB on disk while it is computed, "
            f"but only {free / 1e9:.1f} GB are free.",
            advice=f"Free some space where {folder} lies, or choose a smaller scale.",
        )
