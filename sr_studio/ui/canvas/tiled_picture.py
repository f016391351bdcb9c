"""A picture as the tiles of its source: draws what is there, knows what is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QRegion

from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.tile_cache import TILE_PX, Tile, TileKey
from sr_studio.ui.canvas.tile_loader import TileJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sr_studio.imaging.pixel_source import PixelSource
    from sr_studio.ui.canvas.tile_loader import TileLoader
    from sr_studio.ui.canvas.view_transform import ViewTransform

_AHEAD_PX = 256  # device pixels around the view that are read before they come into sight
_FINER_STEPS = (2, 4)  # how much finer tiles may be that stand in for a missing one
_MEMO_LENGTH = 8  # views: that of the panes, with and without surroundings, and the loupe's
_ROUNDING_PX = 1e-6
_CHECK_PX = 12
_CHECK_COLOURS = QColor(102, 102, 102), QColor(153, 153, 153)


class TiledPicture:
    """Draws one source in any view; several views may share it. GUI thread only."""

    def __init__(self, source: PixelSource, loader: TileLoader) -> None:
        self.source = source
        self.number = loader.next_number()
        self._loader = loader
        self._cache = loader.cache
        self._checks = _checkerboard()
        self._shown_memo: dict[tuple[ViewTransform, int], tuple[TileKey, ...]] = {}

    def shown_tiles(self, view: ViewTransform, around_px: int = 0) -> tuple[TileKey, ...]:
        """Return the tiles that the view shows, the middle first."""
        keys = self._shown_memo.get((view, around_px))
        if keys is None:
            if len(self._shown_memo) >= _MEMO_LENGTH:
                self._shown_memo.pop(next(iter(self._shown_memo)))
            keys = self._shown_memo[view, around_px] = self._find_shown(view, around_px)
        return keys

    def missing(self, view: ViewTransform) -> list[TileJob]:
        """Return what to read: the smallest level first, then the view, then its surroundings."""
        keys = dict.fromkeys([self.overview_key, *self.shown_tiles(view)])
        if self.source.is_prepared(view.step):  # rough tiles would only be read twice
            keys |= dict.fromkeys(self.shown_tiles(view, _AHEAD_PX))
        jobs = []
        for key in keys:
            tile = self._cache.get(key)
            if tile is None or not tile.is_final:
                jobs.append(TileJob(key, self.source, self._with_margin(key), tile is not None))
        return jobs

    def is_complete(self, view: ViewTransform) -> bool:
        """Whether every tile in view is there as good as it gets."""
        tiles = map(self._cache.get, self.shown_tiles(view))
        return all(tile is not None and tile.is_final for tile in tiles)

    def place(self, view: ViewTransform) -> QRect:
        """Return the device pixels that the whole picture covers."""
        return _place(self._whole, view)

    def place_of(self, key: TileKey, view: ViewTransform) -> QRect:
        """Return the device pixels that a tile covers; neighbours share their edges."""
        return _place(self._tile_region(key), view)

    def draw(
        self,
        painter: QPainter,
        view: ViewTransform,
        exposed: QRegion,
        *,
        is_smooth: bool,
        has_stand_ins: bool = True,
    ) -> None:
        """Draw what is there.

        Args:
            painter: in device pixels.
            view: where the picture lies.
            exposed: what needs painting, in device pixels.
            is_smooth: interpolate above 100 %; below, smoothing is always on.
            has_stand_ins: draw other levels and rough tiles where the right ones are missing.
        """
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth or view.zoom < 1)
        for key in self.shown_tiles(view):
            place = self.place_of(key, view)
            if not exposed.intersects(place):
                continue
            tile = self._cache.get(key)
            if tile is not None and (tile.is_final or has_stand_ins):
                self._draw_tile(painter, view, key, tile, place)
            elif has_stand_ins:
                self._draw_stand_ins(painter, view, key, place)

    def _find_shown(self, view: ViewTransform, around_px: int) -> tuple[TileKey, ...]:
        step = view.step
        tile_px = TILE_PX * step
        around = math.ceil(around_px / view.zoom)
        seen = view.visible.grow(around).intersect(self._whole)
        if seen.is_empty:
            return ()
        keys = [
            TileKey(self.number, step, column, row)
            for row in range(seen.y // tile_px, -(-seen.bottom // tile_px))
            for column in range(seen.x // tile_px, -(-seen.right // tile_px))
        ]
        middle_x, middle_y = view.x / tile_px - 0.5, view.y / tile_px - 0.5
        keys.sort(key=lambda key: math.hypot(key.column - middle_x, key.row - middle_y))
        return tuple(keys)

    @property
    def overview_key(self) -> TileKey:
        """The one tile that holds the whole picture, of the level that is small enough for it."""
        step = 1
        while max(self.source.width, self.source.height) > TILE_PX * step:
            step *= 2
        return TileKey(self.number, step, 0, 0)

    @property
    def _whole(self) -> Region:
        return Region(0, 0, self.source.width, self.source.height)

    def _tile_region(self, key: TileKey) -> Region:
        tile_px = TILE_PX * key.step
        return Region(key.column * tile_px, key.row * tile_px, tile_px, tile_px).intersect(
            self._whole
        )

    def _with_margin(self, key: TileKey) -> Region:
        """Return the tile and a pixel around it, so that smoothing knows its neighbours."""
        tile_px = TILE_PX * key.step
        tile = Region(key.column * tile_px, key.row * tile_px, tile_px, tile_px)
        return tile.grow(key.step).intersect(self._whole)

    def _draw_tile(
        self, painter: QPainter, view: ViewTransform, key: TileKey, tile: Tile, clip: QRect
    ) -> None:
        read = self._with_margin(key)
        x, y = view.to_view(read.x, read.y)
        factor = view.zoom * key.step
        painter.save()
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        if tile.image.hasAlphaChannel():
            painter.fillRect(clip, self._checks)
        painter.translate(x, y)
        if factor != 1:
            painter.scale(factor, factor)
        painter.drawImage(0, 0, tile.image)
        painter.restore()

    def _draw_stand_ins(
        self, painter: QPainter, view: ViewTransform, key: TileKey, place: QRect
    ) -> None:
        coarsest = self.overview_key.step
        step, column, row = key.step, key.column, key.row
        while step < coarsest:
            step, column, row = step * 2, column // 2, row // 2
            coarser = TileKey(self.number, step, column, row)
            tile = self._cache.get(coarser)
            if tile is not None:
                self._draw_tile(painter, view, coarser, tile, place)
                break
        for finer in _finer_tiles(key):
            tile = self._cache.get(finer)
            if tile is not None:
                self._draw_tile(painter, view, finer, tile, self.place_of(finer, view))


def _place(region: Region, view: ViewTransform) -> QRect:
    left, top = view.to_view(region.x, region.y)
    right, bottom = view.to_view(region.right, region.bottom)
    corner = QPoint(_nearest(left), _nearest(top))
    return QRect(corner, QPoint(_nearest(right) - 1, _nearest(bottom) - 1))


def _nearest(edge: float) -> int:
    """Round halves up, always: `round` goes to even, and a moved edge would lie elsewhere.

    What is a half but for the rounding of sums counts as one, for the same reason.
    """
    return math.floor(edge + 0.5 + _ROUNDING_PX)


def _finer_tiles(key: TileKey) -> Iterator[TileKey]:
    for factor in _FINER_STEPS:
        if key.step < factor:
            return
        for row in range(key.row * factor, (key.row + 1) * factor):
            for column in range(key.column * factor, (key.column + 1) * factor):
                yield TileKey(key.picture, key.step // factor, column, row)


def _checkerboard() -> QBrush:
    image = QImage(2 * _CHECK_PX, 2 * _CHECK_PX, QImage.Format.Format_RGB32)
    dark, light = _CHECK_COLOURS
    image.fill(dark)
    painter = QPainter(image)
    painter.fillRect(0, 0, _CHECK_PX, _CHECK_PX, light)
    painter.fillRect(_CHECK_PX, _CHECK_PX, _CHECK_PX, _CHECK_PX, light)
    painter.end()
    return QBrush(image)
