"""A rectangle of whole pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Region:
    """Columns x..x+width and rows y..y+height, origin at the top left, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an (H, W, ...) array."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def grow(self, margin_px: int) -> Region:
        return Region(
            self.x - margin_px,
            self.y - margin_px,
            self.width + 2 * margin_px,
            self.height + 2 * margin_px,
        )

    def intersect(self, other: Region) -> Region:
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = max(0, min(self.right, other.right) - x)
        height = max(0, min(self.bottom, other.bottom) - y)
        return Region(x, y, width, height)

    def scale(self, factor: int) -> Region:
        return Region(self.x * factor, self.y * factor, self.width * factor, self.height * factor)

    def shift(self, dx: int, dy: int) -> Region:
        return Region(self.x + dx, self.y + dy, self.width, self.height)

    def tiles(self, tile_px: int) -> Iterator[Region]:
        """Cover this region without overlap, row by row, by tiles of at most tile_px a side."""
        for y in range(self.y, self.bottom, tile_px):
            for x in range(self.x, self.right, tile_px):
                yield Region(x, y, min(tile_px, self.right - x), min(tile_px, self.bottom - y))
