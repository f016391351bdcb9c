"""Tiles that were read, as many as fit the memory set aside for them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QImage

TILE_PX = 512
DEFAULT_CAPACITY_BYTES = 256 << 20


class TileKey(NamedTuple):
    """Which tile: the picture's number, the reduction, and where it lies in units of tiles."""

    picture: int
    step: int
    column: int
    row: int


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A tile's pixels; `is_final` is false where the source could only give a rough answer."""

    image: QImage
    is_final: bool


class TileCache:
    """Keeps the tiles used last, within a limit; what is on the screen is never dropped.

    A window on a large screen may show more than the limit: then only that is kept.
    """

    def __init__(self, capacity_bytes: int = DEFAULT_CAPACITY_BYTES) -> None:
        self._capacity_bytes = capacity_bytes
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._held: dict[object, frozenset[TileKey]] = {}
        self._bytes = 0

    @property
    def bytes_used(self) -> int:
        return self._bytes

    def get(self, key: TileKey) -> Tile | None:
        tile = self._tiles.get(key)
        if tile is not None:
            self._tiles.move_to_end(key)
        return tile

    def put(self, key: TileKey, tile: Tile) -> None:
        self._drop(key)
        self._tiles[key] = tile
        self._bytes += tile.image.sizeInBytes()
        if self._bytes > self._capacity_bytes:
            self._make_room()

    def hold(self, owner: object, keys: Collection[TileKey]) -> None:
        """Keep these tiles whatever happens, until the owner holds others or none."""
        if keys:
            self._held[owner] = frozenset(keys)
        else:
            self._held.pop(owner, None)

    def forget(self, picture: int) -> None:
        """Drop all tiles of a picture that is no longer shown."""
        for key in [key for key in self._tiles if key.picture == picture]:
            self._drop(key)

    def _make_room(self) -> None:
        held = frozenset().union(*self._held.values())
        for key in [key for key in self._tiles if key not in held]:
            if self._bytes <= self._capacity_bytes:
                return
            self._drop(key)

    def _drop(self, key: TileKey) -> None:
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self._bytes -= tile.image.sizeInBytes()
