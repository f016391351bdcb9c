"""Makes a picture smaller before a restoration that would take hours at its full size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer


def at_working_size(
    image: ImageBuffer, longest_px: int | None, missing: NDArray[np.bool_] | None = None
) -> ImageBuffer:
    """Return the picture with its longer side at most `longest_px`, its metadata kept.

    Args:
        image: any.
        longest_px: None leaves it as it is.
        missing: (H, W), True where pixels count for nothing.
    """
    import numpy as np

    from sr_studio.imaging.image_buffer import from_float, to_float
    from sr_studio.imaging.resize import imresize

    size = working_size(image.width, image.height, longest_px)
    if size == (image.width, image.height):
        return image
    alpha = None if image.alpha is None else imresize(image.alpha, size=size)
    if missing is None or not missing.any():
        return replace(image, pixels=imresize(image.pixels, size=size), alpha=alpha)
    known = (~missing).astype(np.float32)[..., None]
    weights = imresize(known, size=size, kernel="bilinear")
    sums = imresize(to_float(image.pixels) * known, size=size, kernel="bilinear")
    means = sums / np.maximum(weights, 1e-3)
    return replace(image, pixels=from_float(means, image.pixels.dtype), alpha=alpha)


def mask_at_working_size(missing: NDArray[np.bool_], longest_px: int | None) -> NDArray[np.bool_]:
    """Return the mask of the smaller picture: missing is what was missing by half or more.

    What was known by more than half is the mean of what was known of it.
    """
    import numpy as np

    from sr_studio.imaging.resize import imresize

    height, width = missing.shape
    size = working_size(width, height, longest_px)
    if size == (width, height):
        return missing
    shares = imresize(missing.astype(np.float32), size=size, kernel="bilinear")
    smaller: NDArray[np.bool_] = shares >= 0.5
    return smaller


def working_size(width: int, height: int, longest_px: int | None) -> tuple[int, int]:
    """Return (width, height) with the longer side at most `longest_px`."""
    if longest_px is None or max(width, height) <= longest_px:
        return width, height
    factor = longest_px / max(width, height)
    return max(1, round(width * factor)), max(1, round(height * factor))
