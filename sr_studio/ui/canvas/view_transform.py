"""Where a picture lies in a view: the arithmetic of pan and zoom, without widgets.

View coordinates are device pixels, so that a zoom of 1 shows one picture pixel on one physical
pixel of the screen, whatever the screen's scaling. Picture coordinates are full-size pixels; pixel
(i, j) covers i..i+1 and j..j+1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sr_studio.imaging.region import Region

MAX_ZOOM = 32.0
_SMALLEST_LEVEL_PX = 512  # longer side of the coarsest reduction: it fits one tile
_CRISP_TOLERANCE = 1e-9
_DECIMALS = 6  # of a device pixel


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """A view of `view_width` x `view_height` device pixels, its middle at picture point (x, y).

    Attributes:
        is_hasty: read at half the resolution, while the zoom is on the move.
    """

    picture_width: int
    picture_height: int
    view_width: int
    view_height: int
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    is_hasty: bool = False

    @property
    def left(self) -> float:
        """View coordinate of the picture's left edge."""
        return self._snapped(self.view_width / 2 - self.x * self.zoom)

    @property
    def top(self) -> float:
        """View coordinate of the picture's upper edge."""
        return self._snapped(self.view_height / 2 - self.y * self.zoom)

    @property
    def step(self) -> int:
        """The reduction to read at: 1 at 100 % and above, else shown at 50 to 100 % of it."""
        magnified = 2.0 if self.is_hasty else 1.0
        step = 1
        longest = max(self.picture_width, self.picture_height)
        while (
            2 * step * self.zoom <= magnified + _CRISP_TOLERANCE
            and longest > _SMALLEST_LEVEL_PX * step
        ):
            step *= 2
        return step

    @property
    def is_crisp(self) -> bool:
        """Whether a read pixel covers a whole number of device pixels: nothing is resampled."""
        factor = self.zoom * self.step
        return abs(factor - round(factor)) < _CRISP_TOLERANCE

    @property
    def fit_zoom(self) -> float:
        """The zoom that shows the whole picture."""
        return min(
            max(self.view_width, 1) / self.picture_width,
            max(self.view_height, 1) / self.picture_height,
            MAX_ZOOM,
        )

    @property
    def visible(self) -> Region:
        """The pixels of the picture that can be seen, at least in part."""
        left, top = self.to_picture(0, 0)
        right, bottom = self.to_picture(self.view_width, self.view_height)
        x, y = math.floor(left), math.floor(top)
        seen = Region(x, y, math.ceil(right) - x, math.ceil(bottom) - y)
        return seen.intersect(Region(0, 0, self.picture_width, self.picture_height))

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the picture lies in the view."""
        return self.left + x * self.zoom, self.top + y * self.zoom

    def to_picture(self, view_x: float, view_y: float) -> tuple[float, float]:
        """Return the point of the picture that lies there in the view."""
        return (view_x - self.left) / self.zoom, (view_y - self.top) / self.zoom

    def fitted(self) -> ViewTransform:
        """Return the view that shows the whole picture in its middle."""
        return replace(
            self, zoom=self.fit_zoom, x=self.picture_width / 2, y=self.picture_height / 2
        )

    def zoomed(self, zoom: float, about: tuple[float, float] | None = None) -> ViewTransform:
        """Return the view at another zoom.

        Args:
            zoom: clipped to what makes sense for the picture.
            about: the point of the view that keeps its point of the picture (or, beside the
                picture, the nearest edge); by default the middle. A picture that is then seen
                whole lies in the middle.
        """
        zoom = min(max(zoom, min(self.fit_zoom, 1.0) / 4), MAX_ZOOM)
        if about is None:
            x, y = self.x, self.y
        else:
            anchor_x, anchor_y = self.to_picture(*about)
            anchor_x = min(max(anchor_x, 0.0), float(self.picture_width))
            anchor_y = min(max(anchor_y, 0.0), float(self.picture_height))
            view_x, view_y = self.to_view(anchor_x, anchor_y)
            x = anchor_x + (self.view_width / 2 - view_x) / zoom
            y = anchor_y + (self.view_height / 2 - view_y) / zoom
        if zoom <= self.fit_zoom:
            x, y = self.picture_width / 2, self.picture_height / 2
        return replace(self, zoom=zoom, x=x, y=y)

    def panned(self, dx: float, dy: float) -> ViewTransform:
        """Return the view with the picture moved by so many device pixels.

        The middle of the view stays on the picture, and along a side that is seen whole the
        picture can only move back to the middle.
        """
        return replace(
            self,
            x=_moved(self.x, -dx / self.zoom, self.picture_width, self.view_width / self.zoom),
            y=_moved(self.y, -dy / self.zoom, self.picture_height, self.view_height / self.zoom),
        )

    def centred_on(self, x: float, y: float) -> ViewTransform:
        """Return the view with a point of the picture in its middle."""
        return replace(self, x=x, y=y)

    def resized(self, view_width: int, view_height: int) -> ViewTransform:
        """Return the view of another size with the same middle."""
        return replace(self, view_width=view_width, view_height=view_height)

    def of_picture(self, width: int, height: int) -> ViewTransform:
        """Return the view of another picture that shows the same part of it at the same size.

        So an enlargement by another factor takes the place of the last one and nothing moves.
        """
        factor = width / self.picture_width
        return replace(
            self,
            picture_width=width,
            picture_height=height,
            zoom=min(self.zoom / factor, MAX_ZOOM),
            x=self.x * factor,
            y=self.y * height / self.picture_height,
        )

    def _snapped(self, edge: float) -> float:
        """Return `edge`, on a whole device pixel where that keeps the picture unsmoothed.

        Elsewhere without what sums leave behind: edges at a half must fall on the same side in
        every view.
        """
        return float(round(edge)) if self.is_crisp else round(edge, _DECIMALS)


def _moved(middle: float, by: float, length: int, seen: float) -> float:
    low, high = (length / 2, length / 2) if length <= seen else (0.0, float(length))
    return min(max(middle + by, min(low, middle)), max(high, middle))
