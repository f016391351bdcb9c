"""The line that parts two pictures: where it runs, what lies on which side."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Point = tuple[float, float]

_SNAP_DEG = 3.0
_RIGHT_ANGLE = 90.0


@dataclass(frozen=True, slots=True)
class SplitLine:
    """A line through a point of the view.

    Attributes:
        across: the point, as a share of the view's width.
        down: the same of its height.
        angle_deg: 0 is upright with side A at the left; it turns clockwise, so at 90 A is above.
    """

    across: float = 0.5
    down: float = 0.5
    angle_deg: float = 0.0

    def middle(self, width: float, height: float) -> Point:
        return self.across * width, self.down * height

    def direction(self) -> Point:
        """Return the unit vector along the line."""
        angle = math.radians(self.angle_deg)
        return -math.sin(angle), math.cos(angle)

    def distance(self, point: Point, width: float, height: float) -> float:
        """Return how far a point lies from the line: negative on side A, positive on side B."""
        angle = math.radians(self.angle_deg)
        x, y = self.middle(width, height)
        return (point[0] - x) * math.cos(angle) + (point[1] - y) * math.sin(angle)

    def side_a(self, width: float, height: float) -> list[Point]:
        """Return the corners of the part of the view that is on side A."""
        return self._clip(width, height, -1.0)

    def side_b(self, width: float, height: float) -> list[Point]:
        return self._clip(width, height, 1.0)

    def moved_to(self, point: Point, width: float, height: float) -> SplitLine:
        """Return the line through another point, kept within the view."""
        across = min(max(point[0] / max(width, 1), 0.0), 1.0)
        down = min(max(point[1] / max(height, 1), 0.0), 1.0)
        return replace(self, across=across, down=down)

    def shifted(self, share: float) -> SplitLine:
        """Return the line moved towards side B by a share of the view."""
        angle = math.radians(self.angle_deg)
        across, down = self.across + share * math.cos(angle), self.down + share * math.sin(angle)
        return self.moved_to((across, down), 1, 1)

    def turned_towards(self, point: Point, width: float, height: float) -> SplitLine:
        """Return the line turned so that its lower end (at 0 degrees) points at `point`."""
        x, y = self.middle(width, height)
        return self.turned_to(math.degrees(math.atan2(x - point[0], point[1] - y)))

    def turned_to(self, angle_deg: float) -> SplitLine:
        """Return the line at an angle; close to upright or level it snaps."""
        nearest = round(angle_deg / _RIGHT_ANGLE) * _RIGHT_ANGLE
        if abs(angle_deg - nearest) <= _SNAP_DEG:
            angle_deg = nearest
        return replace(self, angle_deg=angle_deg % 360)

    def _clip(self, width: float, height: float, sign: float) -> list[Point]:
        corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
        kept: list[Point] = []
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            d0 = sign * self.distance((x0, y0), width, height)
            d1 = sign * self.distance((x1, y1), width, height)
            if d0 >= 0:
                kept.append((x0, y0))
            if d0 * d1 < 0:
                share = d0 / (d0 - d1)
                kept.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
        return kept
