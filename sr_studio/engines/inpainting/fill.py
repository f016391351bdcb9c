"""Fills the holes of a picture: only there, each with its surroundings, in the picture's depth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sr_studio.engines.inpainting.holes import depths_px, find_holes
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import from_float, to_float, white_of
from sr_studio.imaging.region import Region
from sr_studio.jobs.progress import ConvertedPreviews

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.jobs.control import JobContext

_LEAST_TILE_PX = 256


class Fill(Protocol):
    """Fills the missing pixels of a part of a picture."""

    def __call__(
        self, picture: NDArray[np.float32], missing: NDArray[np.bool_], context: JobContext
    ) -> NDArray[np.float32]:
        """Return the part filled, a new array; its previews are such arrays too.

        Args:
            picture: (h, w, C) in [0, 1], C = 1 (gray) or 3 (RGB), sRGB-encoded.
            missing: (h, w), True where to fill; some pixels are known.
            context: cancels within about a second.
        """


@dataclass(frozen=True, slots=True)
class FillMethod:
    """How a hole is filled, and what of its surroundings that takes.

    Attributes:
        fill: see there.
        margin_px: around a hole, at least.
        margin_share: of the hole's longer side, where that is more.
        most_pixels: of a part; larger ones are filled tile by tile.
    """

    fill: Fill
    margin_px: int
    margin_share: float
    most_pixels: int


@dataclass(frozen=True, slots=True, eq=False)
class FilledPart:
    """A preview: a part of the picture as it is now.

    Attributes:
        image: the part.
        region: where it lies.
    """

    image: ImageBuffer
    region: Region


def fill_holes(
    image: ImageBuffer,
    coverage: NDArray[np.uint8],
    method: FillMethod,
    *,
    feather_px: float = 0.0,
    context: JobContext,
) -> tuple[ImageBuffer, Region]:
    """Return the picture filled, and the box around all that may be another.

    Where the coverage is 0 every value stays, bit for bit. A pixel that was transparent and is
    filled becomes opaque by as much as it is missing.

    Args:
        image: the picture, any depth.
        coverage: (H, W), 255 missing; between, fill and picture are mixed.
        method: how.
        feather_px: within this distance from the rim of a hole the fill is mixed in gradually.
        context: of the job; previews are FilledParts.

    Raises:
        InvalidRequest: nothing is missing, everything is, or the mask has another size.
    """
    missing = check_coverage(image, coverage)
    pixels = np.array(image.pixels)
    alpha = None if image.alpha is None else np.array(image.alpha)
    still_open = missing.copy()
    holes = find_holes(missing, method.margin_px)
    sizes = [hole.width * hole.height for hole in holes]
    for number, hole in enumerate(holes):
        part = context.part(sum(sizes[:number]) / sum(sizes), sizes[number] / sum(sizes))
        tiles = list(_tiles(hole, method, image))
        for turn, (tile, seen) in enumerate(tiles):
            context.checkpoint()
            here, inner = still_open[seen.slices], tile.shift(-seen.x, -seen.y)
            if not here[inner.slices].any():
                continue
            share = _share(coverage[tile.slices], missing, tile, feather_px)
            share = np.where(still_open[tile.slices], share, np.float32(0))
            turns = part.part(turn / len(tiles), 1 / len(tiles))
            shown = partial(_shown, image, tile, inner, share)
            filled = _filled(
                pixels[seen.slices], here, method.fill, ConvertedPreviews(turns, shown)
            )
            _mix(pixels[tile.slices], filled[inner.slices], share)
            if alpha is not None:
                _make_opaque(alpha[tile.slices], share)
            still_open[tile.slices] = False
    context.report(1, 1)
    box = _join(holes)
    return replace(image, pixels=pixels, alpha=alpha), box


def check_coverage(image: ImageBuffer, coverage: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where something is missing, (H, W).

    Raises:
        InvalidRequest: nothing is, everything is, or the mask has another size.
    """
    if coverage.shape != image.pixels.shape[:2]:
        height, width = coverage.shape
        raise InvalidRequest(
            f"The mask is {width} × {height}, the picture {image.width} × {image.height}.",
            advice="Give a mask of the picture's size.",
        )
    missing = coverage > 0
    if not missing.any():
        raise InvalidRequest(
            "Nothing is masked.", advice="Brush over what should go, or give a mask."
        )
    if missing.all():
        raise InvalidRequest(
            "Everything is masked, so there is nothing to fill it from.",
            advice="Leave a part of the picture.",
        )
    return missing


def _tiles(hole: Region, method: FillMethod, image: ImageBuffer) -> list[tuple[Region, Region]]:
    """Return the parts of a hole that are filled at once, and what is seen of the picture then."""
    whole = Region(0, 0, image.width, image.height)
    share_px = math.ceil(method.margin_share * max(hole.width, hole.height))
    margin_px = max(method.margin_px, share_px)
    while margin_px > method.margin_px and _area(hole.grow(margin_px), whole) > method.most_pixels:
        margin_px = max(method.margin_px, margin_px * 3 // 4)
    if _area(hole.grow(margin_px), whole) <= method.most_pixels:
        return [(hole, hole.grow(margin_px).intersect(whole))]
    tile_px = max(_LEAST_TILE_PX, math.isqrt(method.most_pixels) - 2 * margin_px)
    return [(tile, tile.grow(margin_px).intersect(whole)) for tile in hole.tiles(tile_px)]


def _area(region: Region, whole: Region) -> int:
    inside = region.intersect(whole)
    return inside.width * inside.height


def _filled(
    part: Pixels, missing: NDArray[np.bool_], fill: Fill, context: JobContext
) -> NDArray[np.float32]:
    """Return a part filled, white at 1; brighter floats are scaled down for the method."""
    if missing.all():
        return to_float(part).copy()  # nothing is known here: a tile beside it goes on
    values = to_float(part)
    known = values[~missing]
    brightest = max(1.0, float(known.max()))
    lowest = min(0.0, float(known.min()))
    span = brightest - lowest
    scaled = np.clip((values - lowest) / span, 0, 1).astype(np.float32)
    return np.asarray(fill(scaled, missing, context) * span + lowest, np.float32)


def _share(
    coverage: NDArray[np.uint8], missing: NDArray[np.bool_], tile: Region, feather_px: float
) -> NDArray[np.float32]:
    """Return how much of the fill each pixel of a tile takes, 0 to 1."""
    share = np.divide(coverage, np.float32(255), dtype=np.float32)
    if feather_px > 0:
        whole = Region(0, 0, missing.shape[1], missing.shape[0])
        around = tile.grow(math.ceil(feather_px) + 1).intersect(whole)
        depth = depths_px(missing[around.slices])[tile.shift(-around.x, -around.y).slices]
        share = np.minimum(share, np.clip(depth / (feather_px + 1), 0, 1))
    return np.asarray(share, np.float32)


def _mix(pixels: Pixels, filled: NDArray[np.float32], share: NDArray[np.float32]) -> None:
    """Put the fill into the pixels, in place, where its share is above 0."""
    where = share > 0
    weights = share[where][:, None]
    mixed = to_float(pixels[where]) * (1 - weights) + filled[where] * weights
    pixels[where] = from_float(mixed.astype(np.float32), pixels.dtype)


def _make_opaque(alpha: Pixels, share: NDArray[np.float32]) -> None:
    white = white_of(alpha.dtype)
    where = (share > 0) & (alpha < white)
    values = to_float(alpha[where])
    alpha[where] = from_float(values + (1 - values) * share[where], alpha.dtype)


def _shown(
    image: ImageBuffer, tile: Region, inner: Region, share: NDArray[np.float32], filled: object
) -> object:
    """Return what is seen of a preview of a method: its tile, mixed with the picture."""
    if not isinstance(filled, np.ndarray):
        return filled
    pixels = image.pixels[tile.slices].copy()
    _mix(pixels, filled[inner.slices], share)
    return FilledPart(replace(image, pixels=pixels, alpha=None), tile)


def _join(regions: tuple[Region, ...]) -> Region:
    x, y = min(each.x for each in regions), min(each.y for each in regions)
    right, bottom = max(each.right for each in regions), max(each.bottom for each in regions)
    return Region(x, y, right - x, bottom - y)
