"""Runs a local filter tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.classical._noise_level import estimate_noise_level
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext


def denoise_in_tiles(
    picture: NDArray[np.float32],
    denoise: Callable[[NDArray[np.float32], float], NDArray[np.float32]],
    sigma: float | None,
    *,
    tile_px: int,
    margin_px: int,
    context: JobContext,
) -> NDArray[np.float32]:
    """Return the picture without its noise; a copy where there is none.

    Args:
        picture: (H, W, C).
        denoise: tile, sigma -> the tile without noise; see `filter_in_tiles`.
        sigma: of the noise on the 0..255 scale; None estimates it.
        tile_px: see there.
        margin_px: see there.
        context: asked before every tile.
    """
    known = estimate_noise_level(picture, context) if sigma is None else sigma
    if known == 0:
        context.report(1, 1)
        return picture.copy()
    return filter_in_tiles(
        picture,
        lambda tile: denoise(tile, known),
        tile_px=tile_px,
        margin_px=margin_px,
        context=context,
    )


def filter_in_tiles(
    picture: NDArray[np.float32],
    apply: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    *,
    tile_px: int,
    margin_px: int,
    context: JobContext,
) -> NDArray[np.float32]:
    """Return `apply` of the whole picture, from tiles that see `margin_px` of their surroundings.

    The edge of the picture is also the edge of its tiles, so that a filter's own rule for edges
    applies there and only there.

    Args:
        picture: (H, W, C).
        apply: (h, w, C) -> the same shape; reads at most `margin_px` around each pixel.
        tile_px: side of a tile without its margin.
        margin_px: what each tile sees beyond itself.
        context: asked before every tile.
    """
    height, width = picture.shape[:2]
    whole = Region(0, 0, width, height)
    tiles = list(whole.tiles(tile_px))
    result = np.empty(picture.shape, np.float32)
    for done, tile in enumerate(tiles):
        context.checkpoint()
        context.report(done, len(tiles))
        seen = tile.grow(margin_px).intersect(whole)
        filtered = apply(np.ascontiguousarray(picture[seen.slices]))
        result[tile.slices] = filtered[tile.shift(-seen.x, -seen.y).slices]
    context.report(len(tiles), len(tiles))
    return result
