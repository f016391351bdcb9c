"""The mask of one picture: one byte a pixel, and patches that take an edit back."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK_PX = 256
_Block = tuple[int, int]


class MaskLayer:
    """What of a picture is missing: 255 where a pixel is to be filled, 0 where it is known.

    Lives in the thread of the window; what a job gets is a `snapshot`.

    Args:
        width: of the picture, in pixels.
        height: of the picture.
    """

    def __init__(self, width: int, height: int) -> None:
        self._coverage = np.zeros((height, width), np.uint8)
        self._used: set[_Block] = set()

    @classmethod
    def from_coverage(cls, coverage: NDArray[np.uint8]) -> MaskLayer:
        """Return a layer that holds a copy of `coverage`, (H, W)."""
        layer = cls(coverage.shape[1], coverage.shape[0])
        layer.write(layer.whole, coverage)
        return layer

    @property
    def width(self) -> int:
        return int(self._coverage.shape[1])

    @property
    def height(self) -> int:
        return int(self._coverage.shape[0])

    @property
    def whole(self) -> Region:
        return Region(0, 0, self.width, self.height)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing; strokes that are not finished do not count."""
        return not self._used

    @property
    def coverage(self) -> NDArray[np.uint8]:
        """A live view, (H, W), read-only."""
        view = self._coverage.view()
        view.flags.writeable = False
        return view

    def snapshot(self) -> NDArray[np.uint8]:
        """Return a copy that later strokes do not change, (H, W), read-only."""
        copied = self._coverage.copy()
        copied.flags.writeable = False
        return copied

    def write(self, region: Region, values: NDArray[np.uint8]) -> MaskPatch | None:
        """Set a region, within the picture; return what takes that back, None if it was so."""
        edit = MaskWriter(self)
        if not region.is_empty:
            edit.open(region)[...] = values
        return edit.finish()

    def swap(self, patch: MaskPatch) -> Region:
        """Put back what the patch holds and let it hold what was there; return the region.

        Called again it does the edit again: undo and redo in one.
        """
        for block, packed in patch.blocks.items():
            place = self._place(block)
            present = self._coverage[place.slices]
            patch.blocks[block] = _packed(present)
            present[...] = _unpacked(packed, place)
            self._look_at(block)
        return patch.region

    def _blocks(self, region: Region) -> Iterator[_Block]:
        """Return the blocks that a region touches."""
        for row in range(region.y // _BLOCK_PX, -(-region.bottom // _BLOCK_PX)):
            for column in range(region.x // _BLOCK_PX, -(-region.right // _BLOCK_PX)):
                yield row, column

    def _place(self, block: _Block) -> Region:
        row, column = block
        place = Region(column * _BLOCK_PX, row * _BLOCK_PX, _BLOCK_PX, _BLOCK_PX)
        return place.intersect(self.whole)

    def _look_at(self, block: _Block) -> None:
        """Remember whether something is missing in it."""
        if self._coverage[self._place(block).slices].any():
            self._used.add(block)
        else:
            self._used.discard(block)


class MaskPatch:
    """One edit of a mask: the old values of the blocks that it changed, compressed.

    Attributes:
        region: around the pixels that it changed.
        blocks: (row, column) of a block to its values before the edit, or after it once undone.
    """

    def __init__(self, region: Region, blocks: dict[_Block, bytes]) -> None:
        self.region = region
        self.blocks = blocks

    @property
    def nbytes(self) -> int:
        return sum(map(len, self.blocks.values()))


class MaskWriter:
    """Changes a layer piece by piece as one edit, at a cost that grows with what is changed only.

    Args:
        layer: nothing else may change it until `finish` or `abandon`.
    """

    def __init__(self, layer: MaskLayer) -> None:
        self._layer = layer
        self._old: dict[_Block, NDArray[np.uint8]] = {}

    def open(self, region: Region) -> NDArray[np.uint8]:
        """Return a region of the layer to be written to, after keeping what is there.

        Args:
            region: within the picture.
        """
        layer = self._layer
        for block in layer._blocks(region):  # noqa: SLF001  the writer is part of the layer
            if block not in self._old:
                place = layer._place(block)  # noqa: SLF001
                self._old[block] = layer._coverage[place.slices].copy()  # noqa: SLF001
        return layer._coverage[region.slices]  # noqa: SLF001

    def finish(self) -> MaskPatch | None:
        """End the edit; None where nothing is other than it was."""
        layer = self._layer
        changed: Region | None = None
        blocks = {}
        for block, old in self._old.items():
            place = layer._place(block)  # noqa: SLF001
            region = _where(old != layer._coverage[place.slices])  # noqa: SLF001
            if region is None:
                continue
            blocks[block] = _packed(old)
            region = region.shift(place.x, place.y)
            changed = region if changed is None else _join(changed, region)
            layer._look_at(block)  # noqa: SLF001
        self._old = {}
        return None if changed is None else MaskPatch(changed, blocks)

    def abandon(self) -> Region | None:
        """Leave the layer as it was before the edit; return where it is another now."""
        layer = self._layer
        changed: Region | None = None
        for block, old in self._old.items():
            place = layer._place(block)  # noqa: SLF001
            layer._coverage[place.slices] = old  # noqa: SLF001
            changed = place if changed is None else _join(changed, place)
        self._old = {}
        return changed


def _packed(values: NDArray[np.uint8]) -> bytes:
    return zlib.compress(values.tobytes(), 1)


def _unpacked(packed: bytes, place: Region) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(place.height, place.width)


def _where(changed: NDArray[np.bool_]) -> Region | None:
    """Return the box around what is True, None where nothing is."""
    rows = np.flatnonzero(changed.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(changed.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return Region(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def _join(first: Region, second: Region) -> Region:
    """Return the box around both."""
    x, y = min(first.x, second.x), min(first.y, second.y)
    right, bottom = max(first.right, second.right), max(first.bottom, second.bottom)
    return Region(x, y, right - x, bottom - y)
