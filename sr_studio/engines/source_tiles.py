"""Cuts what networks read out of a picture: floats, enlarged, luma, without fringes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.ndimage import uniform_filter

from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region
from sr_studio.imaging.ycbcr import rgb_to_y

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer

    Floats: TypeAlias = NDArray[np.float32]

_CUBIC_REACH_PX = 3  # source pixels beyond a region that its enlargement reads
_BLEED_PX = 8  # how far colours reach under transparent pixels; kernels' tails end before
_BLACK_Y, _WHITE_Y = 16 / 255, 235 / 255

LUMA_TO_RGB = 1 / (_WHITE_Y - _BLACK_Y)
"""A change of luma changes red, green and blue by this much, each alike (MATLAB's ycbcr2rgb)."""


def read_tile(image: ImageBuffer, region: Region) -> Floats:
    """Return `region` as (h, w, C) float32, white at 1.0.

    Fully transparent pixels, whose colour is undefined and often black, take the mean colour of
    the visible ones near them; otherwise enlarging would draw a dark fringe along every edge.
    """
    alpha = image.alpha
    if alpha is None or alpha[region.slices].all():
        return to_float(image.pixels[region.slices])
    whole = Region(0, 0, image.width, image.height)
    around = region.grow(_BLEED_PX).intersect(whole)
    pixels = to_float(image.pixels[around.slices])
    is_visible = alpha[around.slices] > 0
    weights = is_visible.astype(np.float32)
    side_px = 2 * _BLEED_PX + 1
    share = uniform_filter(weights, side_px, mode="constant")[..., None]
    filtered = uniform_filter(pixels * weights[..., None], (side_px, side_px, 1), mode="constant")
    is_near = ~is_visible[..., None] & (share > 0.5 / side_px**2)
    mean: Floats = np.divide(filtered, share, out=pixels.copy(), where=is_near)
    rows, columns = region.shift(-around.x, -around.y).slices
    return mean[rows, columns]


def enlarge_tile(image: ImageBuffer, scale: int, region: Region) -> Floats:
    """Return `region` of the picture enlarged by bicubic, as (h, w, C) float32.

    Equals enlarging the whole picture in float32, from the few source pixels needed.

    Args:
        image: the source.
        scale: whole factor.
        region: in pixels of the enlarged picture.
    """
    x, y = region.x // scale, region.y // scale
    covered = Region(x, y, -(-region.right // scale) - x, -(-region.bottom // scale) - y)
    whole = Region(0, 0, image.width, image.height)
    source = covered.grow(_CUBIC_REACH_PX).intersect(whole)
    enlarged: NDArray[Any] = resize_region(
        read_tile(image, source),
        (source.width * scale, source.height * scale),
        region.shift(-source.x * scale, -source.y * scale),
    )
    return enlarged


def luma_of(pixels: Floats) -> Floats:
    """Return (h, w, 1) Y of (h, w, 1 or 3) pixels: 16/255 is black, 235/255 is white."""
    if pixels.shape[2] == 1:
        gray: Floats = pixels * np.float32(_WHITE_Y - _BLACK_Y) + np.float32(_BLACK_Y)
        return gray
    luma: Floats = rgb_to_y(pixels)[..., None]
    return luma
