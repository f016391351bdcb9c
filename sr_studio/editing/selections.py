"""Shapes and areas of like colour, as coverage that is put into a mask."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from sr_studio.imaging.image_buffer import white_of
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskLayer, MaskPatch
    from sr_studio.imaging.image_buffer import Pixels

Combination = Literal["replace", "add", "subtract", "intersect"]
Selection = tuple[Region, "NDArray[np.uint8]"]
"""A region within the picture and its coverage, (h, w): 255 selected; nothing is outside."""

_SUBPIXEL_BITS = 4
_FINE = ((4, 4_000_000), (2, 16_000_000))  # drawn so many times larger, up to so many pixels
_ELLIPSE_CORNERS = 720


def polygon(points: Sequence[tuple[float, float]], width: int, height: int) -> Selection:
    """Return what lies within a closed outline; where it crosses itself, even-odd.

    Args:
        points: (x, y) in picture pixels, pixel (i, j) covers i..i+1 and j..j+1.
        width: of the picture.
        height: of the picture.
    """
    import cv2

    corners = np.asarray(points, np.float64).reshape(-1, 2)
    low, high = np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0)) + 1
    region = _box(low[0], low[1], high[0], high[1], width, height)
    if region.is_empty:
        return region, np.zeros((0, 0), np.uint8)
    # OpenCV's own smoothing makes shapes half a pixel larger
    area = region.width * region.height
    fine = next((factor for factor, most in _FINE if area <= most), 1)
    values = np.zeros((region.height * fine, region.width * fine), np.uint8)
    # its pixels have their middle at whole numbers
    placed = ((corners - (region.x, region.y)) * fine - 0.5) * (1 << _SUBPIXEL_BITS)
    outline = np.rint(np.clip(placed, -1e8, 1e8)).astype(np.int32)
    cv2.fillPoly(values, [outline], [255], cv2.LINE_8, _SUBPIXEL_BITS)
    size = region.width, region.height
    return region, np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.uint8)


def rectangle(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> Selection:
    """Return the whole pixels of a rectangle; see `polygon`."""
    region = _box(round(left), round(top), round(right), round(bottom), width, height)
    return region, np.full((max(region.height, 0), max(region.width, 0)), 255, np.uint8)


def ellipse(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> Selection:
    """Return the ellipse within a rectangle; see `polygon`."""
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_CORNERS, endpoint=False)
    x = (left + right) / 2 + (right - left) / 2 * np.cos(angles)
    y = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(angles)
    return polygon(list(zip(x.tolist(), y.tolist(), strict=True)), width, height)


def flood(pixels: Pixels, x: int, y: int, tolerance: int) -> Selection:
    """Return the area around a pixel whose colours are like it.

    Args:
        pixels: (H, W, C), any depth.
        x: of the pixel, within the picture.
        y: of the pixel.
        tolerance: in levels of 8 bits, that each channel may differ by.
    """
    import cv2

    image = np.array(_in_8_bits(pixels), order="C")  # OpenCV wants it writable, and leaves it
    height, width = image.shape[:2]
    found = np.zeros((height + 2, width + 2), np.uint8)
    limits = (tolerance,) * image.shape[2]
    flags = 4 | (255 << 8) | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY
    _, _, _, box = cv2.floodFill(image, found, (x, y), 0, limits, limits, flags)
    region = Region(*map(int, box))
    rows, columns = region.shift(1, 1).slices
    return region, found[rows, columns].copy()


def colour_range(
    pixels: Pixels, colours: Sequence[NDArray[np.generic]], tolerance: int
) -> Selection:
    """Return all pixels that are like one of the colours.

    Args:
        pixels: (H, W, C), any depth.
        colours: (C,) each, of the same depth.
        tolerance: in levels of 8 bits, that each channel may differ by.
    """
    import cv2

    image = _in_8_bits(pixels)
    found = np.zeros(image.shape[:2], np.uint8)
    for colour in colours:
        middle = _in_8_bits(np.asarray(colour)[None, None]).ravel().astype(int)
        low, high = (
            np.clip(middle + by, 0, 255).astype(np.uint8) for by in (-tolerance, tolerance)
        )
        found |= np.asarray(cv2.inRange(image, low, high), np.uint8)
    return Region(0, 0, image.shape[1], image.shape[0]), found


def combine(
    layer: MaskLayer, region: Region, values: NDArray[np.uint8], how: Combination
) -> MaskPatch | None:
    """Put a selection into a mask; return what takes that back, None where nothing changed."""
    if how in ("replace", "intersect"):
        whole = np.zeros((layer.height, layer.width), np.uint8)
        if not region.is_empty:
            present = layer.coverage[region.slices]
            whole[region.slices] = values if how == "replace" else np.minimum(present, values)
        return layer.write(layer.whole, whole)
    if region.is_empty:
        return None
    present = layer.coverage[region.slices]
    if how == "add":
        return layer.write(region, np.maximum(present, values))
    return layer.write(region, np.minimum(present, 255 - values))


def _box(left: float, top: float, right: float, bottom: float, width: int, height: int) -> Region:
    """Return the part of a box that is in the picture."""
    limit = 1 << 30
    left, top, right, bottom = (
        min(max(each, -limit), limit) for each in (left, top, right, bottom)
    )
    box = Region(int(left), int(top), int(right) - int(left), int(bottom) - int(top))
    return box.intersect(Region(0, 0, width, height))


def _in_8_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """Return (H, W, C) uint8, rounded down."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return np.clip(pixels * (255 / white_of(pixels.dtype)), 0, 255).astype(np.uint8)
