"""Works out which pixels must be computed so that a region of the result comes out right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from sr_studio.engines.match_tone import blocks_around
from sr_studio.imaging.region import Region

Size: TypeAlias = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class ResultLayout:
    """What is delivered, and what that needs.

    Attributes:
        own_size: of the whole result as the network makes it.
        size: of the whole result as it is wanted.
        target: what is delivered, in pixels of `size`.
        filled: what must be known in pixels of `size` for `target` to be checked.
        computed: what the network must compute, in source pixels.
    """

    own_size: Size
    size: Size
    target: Region
    filled: Region
    computed: Region

    @property
    def is_resized(self) -> bool:
        return self.size != self.own_size


def plan_layout(
    source: Size, scale: int, size: Size | None, wanted: Region, *, needs_tone: bool
) -> ResultLayout:
    """Return the layout for `wanted`, a region of the source.

    Args:
        source: the picture's size.
        scale: of the network.
        size: of the whole result; None for the network's own.
        wanted: within the source.
        needs_tone: its tone will be matched, which looks further around.
    """
    own_size = (source[0] * scale, source[1] * scale)
    size = size or own_size
    target = _project(wanted, source, size)
    filled = _grow(target, _cubic_reach_px(size, source), size)
    needed = _project(filled, size, own_size)
    if size != own_size:
        needed = _grow(needed, _cubic_reach_px(own_size, size), own_size)
    computed = _project(needed, own_size, source)
    if needs_tone:
        computed = blocks_around(computed, *source)
    return ResultLayout(own_size, size, target, filled, computed)


def _project(region: Region, old: Size, new: Size) -> Region:
    """Return the region of a picture of size `new` that holds `region` of one of size `old`."""
    x, right = region.x * new[0] // old[0], -(-region.right * new[0] // old[0])
    y, bottom = region.y * new[1] // old[1], -(-region.bottom * new[1] // old[1])
    return Region(x, y, right - x, bottom - y)


def _grow(region: Region, margin_px: int, size: Size) -> Region:
    return region.grow(margin_px).intersect(Region(0, 0, *size))


def _cubic_reach_px(old: Size, new: Size) -> int:
    """Return how far in `old` a pixel of `new` reads when bicubic (antialiased) makes it."""
    widest = max(1.0, old[0] / new[0], old[1] / new[1])
    return math.ceil(2 * widest) + 1
