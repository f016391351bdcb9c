"""The tiled pictures of a comparison: those of its panes and their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sr_studio.imaging.pixel_source import DifferenceSource
from sr_studio.ui.canvas.tiled_picture import TiledPicture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.imaging.pixel_source import PixelSource
    from sr_studio.ui.canvas.comparison import Comparison
    from sr_studio.ui.canvas.tile_loader import TileLoader


class PictureShelf:
    """Keeps the tiles of sources that stay, drops those of sources that go."""

    def __init__(self, loader: TileLoader) -> None:
        self._loader = loader
        self._pictures: tuple[TiledPicture, ...] = ()
        self._difference: TiledPicture | None = None
        self._difference_of: tuple[PixelSource, PixelSource, int, bool] | None = None

    @property
    def pictures(self) -> tuple[TiledPicture, ...]:
        return self._pictures

    def use(self, sources: Sequence[PixelSource]) -> None:
        """Hold these sources and no others."""
        known = {id(picture.source): picture for picture in self._pictures}
        wanted = {
            id(source): known.pop(id(source)) if id(source) in known else self._new(source)
            for source in dict.fromkeys(sources)
        }
        self._pictures = tuple(wanted[id(source)] for source in sources)
        for picture in known.values():
            self._loader.forget(picture.number)

    def difference(self, comparison: Comparison) -> TiledPicture:
        """Return A minus B, amplified as the comparison says."""
        of = (
            self._pictures[comparison.first].source,
            self._pictures[comparison.second].source,
            comparison.gain,
            comparison.is_signed,
        )
        if self._difference is None or of != self._difference_of:
            self.drop_difference()
            source = DifferenceSource(*of[:3], is_signed=comparison.is_signed)
            self._difference = self._new(source)
            self._difference_of = of
        return self._difference

    def drop_difference(self) -> None:
        """Forget a difference that is no longer shown, and with it the pictures it was made of."""
        if self._difference is not None:
            self._loader.forget(self._difference.number)
        self._difference = self._difference_of = None

    def _new(self, source: PixelSource) -> TiledPicture:
        return TiledPicture(source, self._loader)
