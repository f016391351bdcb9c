"""The colours of a picture, small: every lightness at every place has its own."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.colour import from_srgb, is_usable_profile, to_srgb
from sr_studio.imaging.image_buffer import from_float
from sr_studio.imaging.lab import gray_of, lightness_of, put_colour, round_keeping_lightness
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels

_STRIP_PX = 1 << 19  # coloured at once
_MOST_THREADS = 4  # each takes about 60 bytes a pixel of its strip


@dataclass(frozen=True, slots=True, eq=False)
class ColourMap:
    """ab = slope * L + offset at each place: a guided filter's answer (He, Sun, Tang 2013).

    Interpolated to any size and put on the lightness there, it follows every edge of the full
    picture; so does the fast guided filter (He, Sun: https://arxiv.org/abs/1505.00996).

    Attributes:
        slopes: (h, w, 2) float32, of a and b per unit of L; read-only.
        offsets: (h, w, 2) float32, units of a and b; read-only.
    """

    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def __post_init__(self) -> None:
        self.slopes.flags.writeable = False
        self.offsets.flags.writeable = False

    def ab(
        self,
        lightness: NDArray[np.float32],
        full_size: tuple[int, int],
        region: Region,
        step: int = 1,
    ) -> NDArray[np.float32]:
        """Return the colours (H, W, 2) of a region of the picture.

        Args:
            lightness: (H, W) of the region, L in [0, 100].
            full_size: (width, height) of the whole picture.
            region: in pixels of the picture reduced by `step`.
            step: see pixel_source.
        """
        height, width = self.slopes.shape[:2]
        both = np.concatenate([self.slopes, self.offsets], -1)
        size = -(-full_size[0] // step), -(-full_size[1] // step)
        scales = full_size[0] / step / width, full_size[1] / step / height
        fine = resize_region(both, size, region, kernel="bilinear", scales=scales)
        return np.asarray(fine[..., :2] * lightness[..., None] + fine[..., 2:], np.float32)

    @classmethod
    def empty(cls) -> ColourMap:
        """Return one that leaves everything gray."""
        return cls(np.zeros((1, 1, 2), np.float32), np.zeros((1, 1, 2), np.float32))

    def saturated(self, factor: float) -> ColourMap:
        """Return the same colours, this much further from gray."""
        strength = np.float32(factor)
        return ColourMap(self.slopes * strength, self.offsets * strength)


def colour_part(
    pixels: Pixels,
    profile: bytes | None,
    colours: ColourMap,
    full_size: tuple[int, int],
    region: Region,
    step: int = 1,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a region in colour (H, W, 3), and its gray (H, W); both sRGB-encoded, white at 1.

    Args:
        pixels: (H, W, 1 or 3) of the region; of colours in them nothing stays but their lightness.
        profile: of the pixels.
        colours: of the whole picture.
        full_size: (width, height) of the whole picture.
        region: that the pixels are of, in the picture reduced by `step`.
        step: see pixel_source.
    """
    gray = gray_part(pixels, profile)
    ab = colours.ab(lightness_of(gray), full_size, region, step)
    return put_colour(gray, ab), gray


def gray_part(pixels: Pixels, profile: bytes | None) -> NDArray[np.float32]:
    """Return the gray (H, W) of the same L as (H, W, 1 or 3); sRGB-encoded, 0 to 1."""
    srgb = to_srgb(pixels, profile)
    return np.clip(srgb[..., 0] if srgb.shape[2] == 1 else gray_of(srgb), 0, 1)


def colour_picture(
    image: ImageBuffer, colours: ColourMap, checkpoint: Callable[[float], None]
) -> ImageBuffer:
    """Return the picture in colour, its lightness untouched, its depth and metadata kept.

    A profile of RGB stays; gray becomes sRGB. Where the picture is sRGB, each pixel has the very
    gray that it had, to the last bit.

    Args:
        image: the picture, gray or in colour.
        colours: for it.
        checkpoint: called with the share that is done, in this thread; what it raises ends the work.
    """
    profile, kept = image.origin.icc_profile, None
    if profile is not None and not image.is_gray and is_usable_profile(profile, "rgb"):
        kept = profile
    coloured = np.empty((image.height, image.width, 3), image.pixels.dtype)
    rows = max(1, _STRIP_PX // image.width)

    def put(top: int) -> float:
        """Colour a strip; return how much of the picture lies above its end."""
        strip = Region(0, top, image.width, min(rows, image.height - top))
        pixels = image.pixels[strip.slices]
        rgb, gray = colour_part(pixels, profile, colours, (image.width, image.height), strip)
        if kept is not None:
            part = from_float(from_srgb(rgb, kept), coloured.dtype)
        else:
            part = round_keeping_lightness(rgb, gray, coloured.dtype)
        coloured[strip.slices] = part
        return strip.bottom / image.height

    checkpoint(0.0)
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        for share in pool.map(put, range(0, image.height, rows)):
            checkpoint(share)
    finally:
        pool.shutdown(cancel_futures=True)
    return replace(image, pixels=coloured, origin=replace(image.origin, icc_profile=kept))
