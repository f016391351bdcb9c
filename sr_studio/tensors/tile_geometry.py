"""Where tiles lie, how far they must look around them, and how large they should be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sr_studio.imaging.region import Region

SMALLEST_TILE_PX = 32
_SMALLEST_AUTO_TILE_PX = 384  # below, Python's share of a tile shows; above, nothing is gained
_WASTE = 0.05  # halo pixels computed for nothing, as a share of the tile


@dataclass(frozen=True, slots=True)
class TileGeometry:
    """The picture as a network sees it. All lengths in pixels of the network's input.

    Attributes:
        width: of the network's input picture (already enlarged for "bicubic" networks).
        height: the same.
        factor: output pixels per input pixel and side.
        context_px: how far an output pixel can see; the halo of a tile.
        size_multiple: both sides of every input are a multiple of it; the whole picture is
            continued at its right and bottom by reflection, and tiles lie on that grid.
    """

    width: int
    height: int
    factor: int
    context_px: int
    size_multiple: int = 1

    @property
    def picture(self) -> Region:
        return Region(0, 0, self.width, self.height)

    @property
    def padded(self) -> Region:
        """The picture continued to a multiple of `size_multiple`."""
        return Region(0, 0, self._up(self.width), self._up(self.height))

    def align(self, region: Region) -> Region:
        """Return the smallest region on the grid around `region`, within the padded picture."""
        x, y = self._down(region.x), self._down(region.y)
        grown = Region(x, y, self._up(region.right) - x, self._up(region.bottom) - y)
        return grown.intersect(self.padded)

    def window(self, core: Region) -> Region:
        """Return what the network must read to get `core` right.

        The halo ends where the picture ends: there the network's own padding applies, as it
        would to the whole picture.
        """
        return self.align(core.grow(self.context_px))

    def tile_side(self, wanted_px: int) -> int:
        """Return the nearest allowed side of a tile, not above `wanted_px` where possible."""
        return max(self._down(wanted_px), self.size_multiple)

    def _down(self, length_px: int) -> int:
        return length_px // self.size_multiple * self.size_multiple

    def _up(self, length_px: int) -> int:
        return -(-length_px // self.size_multiple) * self.size_multiple


def choose_tile_px(
    geometry: TileGeometry,
    area: Region,
    *,
    bytes_per_px: float,
    budget_bytes: float,
    is_exact: bool = True,
) -> int:
    """Choose the side of square tiles: as small as wastes little, within the memory.

    Larger tiles are not faster per pixel (measured on CPUs: 676, 757, 717 GFLOP/s at 48, 96,
    192 px), so the only reason to grow is the halo; small ones answer a cancel sooner.

    Args:
        geometry: the network's view of the picture.
        area: what is to be computed.
        bytes_per_px: peak memory of the network per pixel of its input.
        budget_bytes: what a tile may take.
        is_exact: tiles give the result of one pass; where not, they are as large as may be.
    """
    halo_px = 2 * geometry.context_px
    waste_px = math.ceil(halo_px / (math.sqrt(1 + _WASTE) - 1))
    memory_px = int(math.sqrt(budget_bytes / bytes_per_px)) - halo_px - geometry.size_multiple
    longest_px = max(area.width, area.height)
    wanted_px = max(waste_px, _SMALLEST_AUTO_TILE_PX) if is_exact else longest_px
    tile_px = min(wanted_px, memory_px)
    even_px = math.ceil(longest_px / math.ceil(longest_px / max(tile_px, SMALLEST_TILE_PX)))
    # rounded up to the grid: rounding down would leave a sliver at the far edge
    return geometry.tile_side(even_px + geometry.size_multiple - 1)
