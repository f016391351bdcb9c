"""Changes the size of pictures exactly as MATLAB's `imresize` does, whole or one region at a time.

The field's published low-resolution sets were made with that function, so that any other bicubic
(Pillow's, OpenCV's, torch's) gives other pictures and other PSNR. What is particular to it: the
kernel is widened when reducing (antialiasing), pixel centres lie at half integers, weights are
normalised at each output pixel, the picture is mirrored beyond its edge, and integers are rounded
after each of the two passes.

Sources: MathWorks, `imresize.m` (algorithm); R. Keys, "Cubic convolution interpolation for digital
image processing", 1981, https://doi.org/10.1109/TASSP.1981.1163711 (bicubic with a = -0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from sr_studio.imaging.image_buffer import white_of
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels

    Floats: TypeAlias = NDArray[np.floating[Any]]
    Indices: TypeAlias = NDArray[np.intp]

Kernel: TypeAlias = Literal["nearest", "bilinear", "bicubic", "lanczos2", "lanczos"]
Edge: TypeAlias = Literal["symmetric", "replicate"]

_TILE_PX = 512  # in the larger of source and result: the buffers of a tile stay in the cache


def imresize(
    pixels: Pixels,
    *,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    kernel: Kernel = "bicubic",
    antialias: bool = True,
    edge: Edge = "symmetric",
) -> Pixels:
    """Change the size of a picture.

    Works in tiles: besides the result it needs a few megabytes, whatever the picture's size.

    Args:
        pixels: (H, W, C) or (H, W); uint8, uint16, float32 or float64, any range.
        scale: factor of both sides; the result's sides are rounded up.
        size: (width, height) of the result; give either this or `scale`.
        kernel: "nearest" is never antialiased; "lanczos" has three lobes, "lanczos2" two.
        antialias: widen the kernel when reducing.
        edge: what lies beyond the picture: "symmetric" mirrors it (MATLAB today, the sets `LRx*`),
            "replicate" repeats the border (older versions, the sets `LRx*_selfex`).

    Returns:
        The same dtype. Integers are rounded (half up) and clipped after each pass; floats are
        neither, so that overshoot survives.
    """
    rows, columns = _plan(pixels, scale, size, _Sampling(kernel, antialias, edge))
    result = np.empty((rows.length, columns.length, *pixels.shape[2:]), pixels.dtype)
    whole = Region(0, 0, columns.length, rows.length)
    for y in range(0, rows.length, rows.tile_px):
        for x in range(0, columns.length, columns.tile_px):
            tile = Region(x, y, columns.tile_px, rows.tile_px).intersect(whole)
            result[tile.slices] = _resize_block(pixels, rows, columns, tile)
    return result


def resize_region(
    pixels: Pixels,
    size: tuple[int, int],
    region: Region,
    *,
    kernel: Kernel = "bicubic",
    antialias: bool = True,
    edge: Edge = "symmetric",
    scales: tuple[float, float] | None = None,
) -> Pixels:
    """Return one region of a resized picture, from the few source pixels that it needs.

    Equals `imresize(pixels, size=size, ...)[region.slices]` exactly, so that viewers and strip
    writers may ask tile by tile and never show a seam.

    Args:
        pixels: as in `imresize`; may be a memory map.
        size: (width, height) of the whole result.
        region: in pixels of the result, within it.
        kernel: as in `imresize`.
        antialias: as in `imresize`.
        edge: as in `imresize`.
        scales: (horizontal, vertical) factors that place the pixels, where `size` was rounded up
            from them; as MATLAB does when it is given a factor. By default `size` over the
            picture's own.

    Raises:
        ValueError: `region` is empty or reaches beyond the result.
    """
    if region.is_empty or region.intersect(Region(0, 0, *size)) != region:
        raise ValueError(f"{region} does not lie within a result of {size[0]} x {size[1]} px")
    rows, columns = _plan(pixels, None, size, _Sampling(kernel, antialias, edge))
    if scales is not None:
        rows, columns = replace(rows, scale=scales[1]), replace(columns, scale=scales[0])
    return _resize_block(pixels, rows, columns, region)


def resampling_taps(
    source: int, scale: float, *, kernel: Kernel, antialias: bool = True, edge: Edge = "symmetric"
) -> tuple[Floats, Indices]:
    """Return what `imresize(scale=scale)` adds up along one side, for other forms of it.

    Args:
        source: pixels of that side before.
        scale: its factor; the result's side is rounded up.
        kernel: as in `imresize`.
        antialias: as in `imresize`.
        edge: as in `imresize`.

    Returns:
        Weights and source indices, each (pixels after, taps); each row of weights sums to 1.
    """
    length = math.ceil(scale * source)
    return _Axis(source, length, scale, _Sampling(kernel, antialias, edge)).taps(0, length)


@dataclass(frozen=True, slots=True)
class _Sampling:
    kernel: Kernel
    antialias: bool
    edge: Edge


@dataclass(frozen=True, slots=True)
class _Axis:
    """How one side of the picture is resampled: `source` pixels become `length` pixels."""

    source: int
    length: int
    scale: float
    sampling: _Sampling

    @property
    def stretch(self) -> float:
        """Factor of the kernel's argument: below 1 it is widened."""
        widened = self.scale < 1 and self.sampling.antialias and self.sampling.kernel != "nearest"
        return self.scale if widened else 1.0

    @property
    def support(self) -> float:
        """Width of the kernel in source pixels."""
        return _KERNELS[self.sampling.kernel][1] / self.stretch

    @property
    def tile_px(self) -> int:
        """Side of a tile; several kernels wide, since neighbours both read what lies between."""
        return max(16, math.ceil(_TILE_PX * min(self.scale, 1.0)))

    def taps(self, start: int, stop: int) -> tuple[Floats, Indices]:
        """Return weights and source indices, each (stop - start, taps), of output start..stop.

        MATLAB's `contributions`, line by line, with its 1-based coordinates.
        """
        function, _ = _KERNELS[self.sampling.kernel]
        x = np.arange(start + 1, stop + 1, dtype=np.float64)
        u = x / self.scale + 0.5 * (1 - 1 / self.scale)
        left = np.floor(u - self.support / 2)
        indices = left[:, None] + np.arange(math.ceil(self.support) + 2)  # (n, taps)
        weights = self.stretch * function(self.stretch * (u[:, None] - indices))
        weights /= weights.sum(axis=1, keepdims=True)
        used = weights.any(axis=0)
        source = indices[:, used].astype(np.intp) - 1
        if self.sampling.edge == "replicate":
            source = np.clip(source, 0, self.source - 1)
        else:
            source %= 2 * self.source
            source = np.minimum(source, 2 * self.source - 1 - source)
        return weights[:, used], source


def _plan(
    pixels: Pixels, scale: float | None, size: tuple[int, int] | None, sampling: _Sampling
) -> tuple[_Axis, _Axis]:
    """Return how rows and columns are resampled."""
    height, width = pixels.shape[:2]
    if min(height, width) < 1:
        raise ValueError(f"an empty picture {pixels.shape} cannot be resized")
    if size is not None and scale is None:
        new_width, new_height = size
        scales = new_height / height, new_width / width
    elif scale is not None and size is None:
        new_width, new_height = math.ceil(scale * width), math.ceil(scale * height)
        scales = scale, scale
    else:
        raise ValueError("give either scale or size")
    if min(new_width, new_height) < 1:
        raise ValueError(f"the result must have at least 1 x 1 px, not {new_width} x {new_height}")
    return (
        _Axis(height, new_height, scales[0], sampling),
        _Axis(width, new_width, scales[1], sampling),
    )


def _resize_block(pixels: Pixels, rows: _Axis, columns: _Axis, region: Region) -> Pixels:
    """Return `region` of the result; the side that shrinks more goes first, rows if equal."""
    row_weights, row_sources = rows.taps(region.y, region.bottom)
    column_weights, column_sources = columns.taps(region.x, region.right)
    top, left = int(row_sources.min()), int(column_sources.min())
    needed = pixels[top : row_sources.max() + 1, left : column_sources.max() + 1]
    row_sources -= top
    column_sources -= left
    if rows.sampling.kernel == "nearest":
        return needed.take(column_sources[:, 0], axis=1).take(row_sources[:, 0], axis=0)
    if rows.scale <= columns.scale:
        half = _resample_rows(needed, row_weights, row_sources)
        return _resample_columns(half, column_weights, column_sources)
    half = _resample_columns(needed, column_weights, column_sources)
    return _resample_rows(half, row_weights, row_sources)


def _resample_columns(pixels: Pixels, weights: Floats, sources: Indices) -> Pixels:
    flipped = _resample_rows(pixels.swapaxes(0, 1), weights, sources)
    return np.ascontiguousarray(flipped.swapaxes(0, 1))


def _resample_rows(pixels: Pixels, weights: Floats, sources: Indices) -> Pixels:
    """Return (len(weights), W, ...): weighted sums of rows of `pixels`, in its dtype.

    A sparse product adds the taps of each output one after the other, as MATLAB does and
    whatever the block: the last bit never depends on how the picture was cut.
    """
    is_integer = np.issubdtype(pixels.dtype, np.integer)
    work = np.dtype(np.float64) if is_integer else pixels.dtype
    count, taps = weights.shape
    from scipy.sparse import csr_array  # a fifth of a second that an empty window does not need

    matrix = csr_array(
        (weights.astype(work).ravel(), sources.ravel(), np.arange(0, count * taps + 1, taps)),
        shape=(count, len(pixels)),
    )
    flat = np.ascontiguousarray(pixels, dtype=work).reshape(len(pixels), -1)
    summed: Floats = matrix @ flat
    if is_integer:
        summed += 0.5
        np.clip(summed, 0, white_of(pixels.dtype), out=summed)
    result: Pixels = summed.astype(pixels.dtype, copy=False)
    return result.reshape(count, *pixels.shape[1:])


def _box(x: Floats) -> Floats:
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


def _triangle(x: Floats) -> Floats:
    return np.maximum(1.0 - np.abs(x), 0.0)


def _cubic(x: Floats) -> Floats:
    x = np.abs(x)
    inner = 1.5 * x**3 - 2.5 * x**2 + 1
    outer = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return inner * (x <= 1) + outer * ((x > 1) & (x <= 2))


def _lanczos2(x: Floats) -> Floats:
    return np.sinc(x) * np.sinc(x / 2) * (np.abs(x) < 2)


def _lanczos3(x: Floats) -> Floats:
    return np.sinc(x) * np.sinc(x / 3) * (np.abs(x) < 3)


_KERNELS: dict[Kernel, tuple[Callable[[Floats], Floats], float]] = {
    "nearest": (_box, 1.0),
    "bilinear": (_triangle, 2.0),
    "bicubic": (_cubic, 4.0),
    "lanczos2": (_lanczos2, 4.0),
    "lanczos": (_lanczos3, 6.0),
}
