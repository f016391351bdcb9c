"""JPEG compression, in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from sr_studio.errors import SrStudioError

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import Pixels

_LARGEST_SIDE_PX = 65_500  # of libjpeg


def compress_as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Return what is left of a picture after JPEG (4:2:0, the standard tables of libjpeg).

    Args:
        pixels: (H, W, 1 or 3) uint8, gray or RGB.
        quality: from 1 to 100.

    Raises:
        SrStudioError: a side is longer than JPEG allows.
    """
    height, width, channels = pixels.shape
    if max(height, width) > _LARGEST_SIDE_PX:
        raise SrStudioError(
            f"JPEG allows sides up to {_LARGEST_SIDE_PX} px, not {width} × {height}.",
            advice="Leave JPEG out or take a smaller picture.",
        )
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=quality)
    packed.seek(0)
    # not Image.open: what was just made is no decompression bomb, whatever its size
    with JpegImageFile(packed) as unpacked:
        return np.array(unpacked).reshape(height, width, channels)
