"""A picture at halved sizes, so that a viewer reads only about as many pixels as it shows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels

_STRIP_BYTES = 4 << 20  # of the finer level; the sums of a strip stay in the cache
_OPAQUE_ENOUGH = 1e-6


class Level(NamedTuple):
    """One size of the picture: pixels (H, W, C) and alpha (H, W) or None."""

    pixels: Pixels
    alpha: Pixels | None


class Pyramid:
    """Halved sizes of a picture, each pixel the mean of 2 x 2 pixels of the next finer level.

    Level k has ceil(side / 2**k) pixels a side; where a side is odd, the last row or column stands
    for itself. Levels keep the picture's dtype and take a third of its memory when all are built.
    Nothing is built before `build` asks for it; `level` always answers, in any thread.
    """

    def __init__(self, image: ImageBuffer) -> None:
        self._levels = [Level(image.pixels, image.alpha)]
        self._building = threading.Lock()

    def is_built(self, index: int) -> bool:
        return index < len(self._levels)

    def level(self, index: int) -> Level:
        """Return level `index`; until it is built, every n-th pixel of the finest that is."""
        levels = self._levels
        if index < len(levels):
            return levels[index]
        pixels, alpha = levels[-1]
        stride = 1 << (index - len(levels) + 1)
        rows, columns = (
            slice(_offset(length, stride), None, stride) for length in pixels.shape[:2]
        )
        return Level(pixels[rows, columns], None if alpha is None else alpha[rows, columns])

    def build(self, index: int, is_stopped: Callable[[], bool]) -> None:
        """Make the levels up to `index`, which may take seconds: call it in a worker.

        Args:
            index: 0 is the picture itself.
            is_stopped: asked every few milliseconds; once true, the level at hand is given up.
        """
        with self._building:
            while len(self._levels) <= index:
                halved = _halve(self._levels[-1], len(self._levels), is_stopped)
                if halved is None:
                    return
                self._levels.append(halved)


def _offset(length: int, stride: int) -> int:
    """Return the sample nearest to the middle of a block that still yields every block one."""
    return min(stride // 2, (length - 1) % stride)


def _halve(finer: Level, index: int, is_stopped: Callable[[], bool]) -> Level | None:
    height, width, channels = finer.pixels.shape
    half_height, half_width = -(-height // 2), -(-width // 2)
    pixels = np.empty((half_height, half_width, channels), finer.pixels.dtype)
    alpha = None if finer.alpha is None else np.empty((half_height, half_width), pixels.dtype)
    strip = max(1, _STRIP_BYTES // (2 * width * channels * pixels.dtype.itemsize))
    # Half of a step is lost or won at each level: taken in turns, brightness does not drift.
    rounding = 1 + index % 2
    for y in range(0, half_height, strip):
        if is_stopped():
            return None
        fine, coarse = slice(2 * y, 2 * (y + strip)), slice(y, y + strip)
        if alpha is None or finer.alpha is None:
            pixels[coarse] = _mean_of_blocks(finer.pixels[fine], rounding)
        else:
            pixels[coarse], alpha[coarse] = _mean_by_alpha(
                finer.pixels[fine], finer.alpha[fine, :, None], rounding
            )
    for array in (pixels, alpha):
        if array is not None:
            array.flags.writeable = False
    return Level(pixels, alpha)


def _sum_of_blocks(pixels: Pixels, dtype: np.dtype[Any]) -> Pixels:
    """Return (ceil(H/2), ceil(W/2), C): sums of 2 x 2 blocks; a last odd line counts twice."""
    height, width, _ = pixels.shape
    paired = pixels[: height - height % 2]
    rows = np.add(paired[0::2], paired[1::2], dtype=dtype)
    if height % 2:
        rows = np.concatenate([rows, 2 * pixels[-1:].astype(dtype)])
    even = rows[:, : width - width % 2]
    sums: Pixels = even[:, 0::2] + even[:, 1::2]
    return np.concatenate([sums, 2 * rows[:, -1:]], axis=1) if width % 2 else sums


def _mean_of_blocks(pixels: Pixels, rounding: int) -> Pixels:
    """Return the means of 2 x 2 blocks in the same dtype."""
    if pixels.dtype == np.float32:
        return _sum_of_blocks(pixels, np.dtype(np.float32)) * np.float32(0.25)
    wide = np.dtype(np.uint16 if pixels.dtype == np.uint8 else np.uint32)
    sums = _sum_of_blocks(pixels, wide)
    sums += wide.type(rounding)
    sums >>= wide.type(2)
    return sums.astype(pixels.dtype)


def _mean_by_alpha(pixels: Pixels, alpha: Pixels, rounding: int) -> tuple[Pixels, Pixels]:
    """Return the means of colour weighted by alpha, and of alpha.

    Unweighted, the colour hidden under transparent pixels would fringe every cut-out.
    """
    weights = alpha.astype(np.float32)
    weighed = _sum_of_blocks(pixels * weights, np.dtype(np.float32))
    total = _sum_of_blocks(weights, np.dtype(np.float32))
    mean_alpha = _mean_of_blocks(alpha, rounding)[..., 0]
    plain = _mean_of_blocks(pixels, rounding)
    colour = weighed / np.maximum(total, _OPAQUE_ENOUGH)
    if pixels.dtype != np.float32:
        colour = np.rint(colour)
    return np.where(total > _OPAQUE_ENOUGH, colour, plain).astype(pixels.dtype), mean_alpha
