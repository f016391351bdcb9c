"""Masks as pictures: white, or transparent, where pixels are missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float, white_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def coverage_of(mask: ImageBuffer, width: int, height: int) -> NDArray[np.uint8]:
    """Return how much each pixel is missing, (H, W) uint8: 255 where the mask is white.

    A mask without a white pixel and with an alpha channel is read by that: missing is what is
    transparent.

    Args:
        mask: gray or RGB, any depth.
        width: of the picture that it is for.
        height: of that picture.

    Raises:
        InvalidRequest: it has another size.
    """
    if (mask.width, mask.height) != (width, height):
        raise InvalidRequest(
            f"The mask is {mask.width} × {mask.height}, the picture {width} × {height}.",
            advice="Give a mask of the picture's size.",
        )
    luma = to_float(mask.pixels).mean(axis=2, dtype=np.float32)
    if mask.alpha is not None and mask.alpha.min() < white_of(mask.alpha.dtype):
        transparent = 1 - to_float(mask.alpha)
        luma = transparent if luma.max() < 1 else luma * (1 - transparent)
    return np.asarray(from_float(luma, np.uint8), np.uint8)


def transparent_pixels(image: ImageBuffer) -> NDArray[np.uint8] | None:
    """Return how transparent each pixel is, (H, W) uint8; None for a picture without alpha."""
    if image.alpha is None:
        return None
    return np.asarray(255 - from_float(to_float(image.alpha), np.uint8), np.uint8)


def mask_picture(coverage: NDArray[np.uint8]) -> ImageBuffer:
    """Return a gray picture that is white where pixels are missing."""
    return ImageBuffer(coverage[..., None].copy())


def with_mask_as_alpha(image: ImageBuffer, coverage: NDArray[np.uint8]) -> ImageBuffer:
    """Return the picture, transparent where pixels are missing."""
    alpha = from_float(to_float(255 - coverage), image.pixels.dtype)
    return replace(image, alpha=alpha)
