"""Decoded pictures in one file that every worker process maps into its memory.

The system reads ahead and shares the pages, so that no step decodes anything, and a set may be
larger than the memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from typing_extensions import override

from sr_studio.engines.training.pairs import Pair

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Where a picture lies in the store.

    Attributes:
        offset: of its first byte.
        shape: (H, W, C).
        dtype: "uint8" or "uint16".
    """

    offset: int
    shape: tuple[int, int, int]
    dtype: str


class PictureWriter:
    """Appends pictures to an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, pixels: Pixels) -> StoredPicture:
        """Append (H, W, C) uint8 or uint16.

        Raises:
            OSError: the disk is full.
        """
        height, width, channels = pixels.shape
        place = StoredPicture(self._file.tell(), (height, width, channels), pixels.dtype.name)
        self._file.write(np.ascontiguousarray(pixels).data)
        return place


class StoredPairs(Sequence[Pair]):
    """Pairs that lie in a store; may be sent to another process.

    Args:
        path: of the store.
        places: of low_res, None where it is made of each crop anew, and high_res.
    """

    def __init__(
        self, path: Path, places: Sequence[tuple[StoredPicture | None, StoredPicture]]
    ) -> None:
        self._path = path
        self._places = places
        self._bytes: np.memmap[tuple[int], np.dtype[np.uint8]] | None = None

    @override
    def __len__(self) -> int:
        return len(self._places)

    @override
    def __getitem__(self, index: int) -> Pair:  # type: ignore[override]  # no slices of pairs
        low_res, high_res = self._places[index]
        return Pair(None if low_res is None else self._view(low_res), self._view(high_res))

    @override
    def __getstate__(self) -> dict[str, object]:
        return {"_path": self._path, "_places": self._places, "_bytes": None}

    def _view(self, place: StoredPicture) -> Pixels:
        if self._bytes is None:  # opened by the process that reads
            self._bytes = np.memmap(self._path, np.uint8, "r")
        dtype = np.dtype(place.dtype)
        size = math.prod(place.shape) * dtype.itemsize
        return self._bytes[place.offset : place.offset + size].view(dtype).reshape(place.shape)
