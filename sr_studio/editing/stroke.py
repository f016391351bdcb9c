"""A stroke of the brush or the eraser over a mask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.editing.mask_layer import MaskWriter
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskLayer, MaskPatch

_LEAST_RADIUS_PX = 0.5
_EDGE_PX = 1.0  # over which a hard brush fades, or it would look jagged
_STRIP_PIXELS = 1 << 17  # whose numbers stay in the cache: large brushes are 2.5 times faster
_NOWHERE = Region(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BrushTip:
    """What is drawn with.

    Attributes:
        diameter_px: in pixels of the picture, at full pressure.
        hardness: share of the radius that is full; beyond, it fades to the edge.
        is_eraser: it makes pixels known instead of missing.
    """

    diameter_px: float
    hardness: float = 1.0
    is_eraser: bool = False


@dataclass(frozen=True, slots=True)
class _Point:
    x: float
    y: float
    radius: float


class Stroke:
    """Draws while the pointer moves; all of it is one edit.

    Passing twice over a place does not add up: the mask is at least as missing as the tip, or for
    an eraser at most as missing as what the tip leaves.

    Args:
        layer: nothing else may change it until `finish` or `abandon`.
        tip: see there.
    """

    def __init__(self, layer: MaskLayer, tip: BrushTip) -> None:
        self._whole = layer.whole
        self._writer = MaskWriter(layer)
        self._tip = tip
        self._last: _Point | None = None

    def begin(self, x: float, y: float, pressure: float = 1.0) -> Region:
        """Put the tip down; return the region that is another now.

        Args:
            x: in pixels of the picture, as y; may lie outside of it.
            y: see x.
            pressure: of a pen, from 0 to 1; the diameter follows it.
        """
        self._last = self._point(x, y, pressure)
        return self._draw(self._last, self._last)

    def extend(self, x: float, y: float, pressure: float = 1.0) -> Region:
        """Draw a line from where the tip was; as `begin`."""
        if self._last is None:
            return self.begin(x, y, pressure)
        start, end = self._last, self._point(x, y, pressure)
        self._last = end
        left, top, right, bottom = math.inf, math.inf, -math.inf, -math.inf
        for first, second in _pieces(start, end):
            drawn = self._draw(first, second)
            if not drawn.is_empty:
                left, top = min(left, drawn.x), min(top, drawn.y)
                right, bottom = max(right, drawn.right), max(bottom, drawn.bottom)
        if right < left:
            return _NOWHERE
        return Region(int(left), int(top), int(right - left), int(bottom - top))

    def finish(self) -> MaskPatch | None:
        """Lift the tip; None where the mask is as it was."""
        return self._writer.finish()

    def abandon(self) -> Region:
        """Leave the mask as it was before the stroke; return where it is another now."""
        return self._writer.abandon() or _NOWHERE

    def _point(self, x: float, y: float, pressure: float) -> _Point:
        radius = self._tip.diameter_px / 2 * min(max(pressure, 0.0), 1.0)
        return _Point(x, y, max(radius, _LEAST_RADIUS_PX))

    def _draw(self, start: _Point, end: _Point) -> Region:
        reach = max(start.radius, end.radius) + _EDGE_PX
        x, y = math.floor(min(start.x, end.x) - reach), math.floor(min(start.y, end.y) - reach)
        right, bottom = max(start.x, end.x) + reach, max(start.y, end.y) + reach
        box = Region(x, y, math.ceil(right) - x, math.ceil(bottom) - y).intersect(self._whole)
        if box.is_empty:
            return _NOWHERE
        place = self._writer.open(box)
        rows = max(1, _STRIP_PIXELS // box.width)
        for top in range(0, box.height, rows):
            strip = Region(box.x, box.y + top, box.width, min(rows, box.height - top))
            drawn = _line(start, end, self._tip.hardness, strip)
            old = place[top : top + rows]
            if self._tip.is_eraser:
                np.minimum(old, 255 - drawn, out=old)
            else:
                np.maximum(old, drawn, out=old)
        return box


def _pieces(start: _Point, end: _Point) -> Iterator[tuple[_Point, _Point]]:
    """Part a long line, whose box would be many times larger than what is drawn in it."""
    length = math.hypot(end.x - start.x, end.y - start.y)
    count = max(1, math.ceil(length / max(2 * max(start.radius, end.radius), 64.0)))

    def at(share: float) -> _Point:
        return _Point(
            start.x + share * (end.x - start.x),
            start.y + share * (end.y - start.y),
            start.radius + share * (end.radius - start.radius),
        )

    for number in range(count):
        yield at(number / count), at((number + 1) / count)


def _line(start: _Point, end: _Point, hardness: float, box: Region) -> NDArray[np.uint8]:
    """Return how much of each pixel of the box a tip covers that moves along a line, 0 to 255."""
    x = np.arange(box.x, box.right, dtype=np.float32)[None, :]
    y = np.arange(box.y, box.bottom, dtype=np.float32)[:, None]
    x += np.float32(0.5 - start.x)
    y += np.float32(0.5 - start.y)
    dx, dy = end.x - start.x, end.y - start.y
    square = dx * dx + dy * dy
    radius: NDArray[np.float32] | np.float32 = np.float32(start.radius)
    if square > 0:
        # how far along the line each pixel's foot lies
        share = np.asarray(x * np.float32(dx / square) + y * np.float32(dy / square), np.float32)
        np.clip(share, 0, 1, out=share)
        distance = _length(x - share * np.float32(dx), y - share * np.float32(dy))
        if start.radius != end.radius:
            radius = np.float32(start.radius) + share * np.float32(end.radius - start.radius)
    else:
        distance = _length(x, y)
    fade = np.maximum(radius * np.float32(1 - hardness), np.float32(_EDGE_PX))
    covered = np.subtract(radius + np.float32(_EDGE_PX / 2), distance, out=distance)
    covered /= fade
    np.clip(covered, 0, 1, out=covered)
    if hardness < 1:  # no edge where the fading begins
        covered *= covered * (3 - 2 * covered)
    covered *= 255
    return np.rint(covered, out=covered).astype(np.uint8)


def _length(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return hypot(x, y), several times faster: nothing here can overflow."""
    squares: NDArray[np.float32] = x * x + y * y
    np.sqrt(squares, out=squares)
    return squares
