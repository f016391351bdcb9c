"""Where a viewer's pixels come from: each source answers for one tile at one reduction.

A *step* is a power of two. At step s a picture of width W is ceil(W / s) pixels wide, and its
pixel i stands for columns s*i up to s*(i + 1) of the full picture; rows likewise. All sources of
one size therefore lie exactly on top of each other at every step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sr_studio.imaging.colour import DisplayTransform
from sr_studio.imaging.colour_map import colour_part
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float
from sr_studio.imaging.pyramid import Level, Pyramid
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.imaging.colour_map import ColourMap
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.resize import Kernel

DisplayPixels: TypeAlias = NDArray[np.uint8]
"""(H, W, 3 or 4), sRGB with straight alpha, as the screen wants it."""

_HEAT = np.array(  # black over purple and orange to pale yellow: its lightness rises evenly
    [
        [0, 0, 4],
        [40, 11, 84],
        [101, 21, 110],
        [159, 42, 99],
        [212, 72, 66],
        [245, 125, 21],
        [250, 193, 39],
        [252, 255, 164],
    ]
)


class PixelSource(Protocol):
    """A picture to look at. Every method may be called in any thread, several at a time."""

    width: int
    height: int

    def read(self, region: Region, step: int) -> DisplayPixels:
        """Return `region`, reduced by `step`.

        Args:
            region: in full-size pixels, within the picture, its corner on a multiple of `step`.
            step: a power of two.

        Returns:
            (ceil(region.height / step), ceil(region.width / step), 3 or 4).
        """

    def describe(self, x: int, y: int) -> str:
        """Return the values of one pixel in the picture's own depth, for the readout."""

    def is_prepared(self, step: int) -> bool:
        """Whether `read` at `step` gives its best; until then it gives a rough answer."""

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        """Make `read` at `step` give its best; may take seconds and ends soon once stopped."""


def level_region(region: Region, step: int) -> Region:
    """Return the pixels at `step` that stand for `region`."""
    x, y = region.x // step, region.y // step
    return Region(x, y, -(-region.right // step) - x, -(-region.bottom // step) - y)


class BufferSource:
    """A picture in memory or in a memory map."""

    def __init__(self, image: ImageBuffer) -> None:
        self.width, self.height = image.width, image.height
        self._image = image
        self._pyramid = Pyramid(image)
        self._to_display = DisplayTransform(image.origin.icc_profile, is_gray=image.is_gray)

    def read(self, region: Region, step: int) -> DisplayPixels:
        pixels, alpha = self._pyramid.level(_exponent(step))
        rows, columns = level_region(region, step).slices
        part = Level(pixels[rows, columns], None if alpha is None else alpha[rows, columns])
        return _displayed(part, self._to_display)

    def describe(self, x: int, y: int) -> str:
        alpha = self._image.alpha
        return _values(self._image.pixels[y, x], None if alpha is None else alpha[y, x])

    def is_prepared(self, step: int) -> bool:
        return self._pyramid.is_built(_exponent(step))

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self._pyramid.build(_exponent(step), is_stopped)


class ColouredSource:
    """A picture with other colours on its lightness, put there tile by tile when looked at.

    Args:
        image: the picture.
        colours: for it.
        pyramid: the picture's reduced sizes, where they were made for other colours.

    Attributes:
        pyramid: the picture's reduced sizes.
    """

    def __init__(
        self, image: ImageBuffer, colours: ColourMap, pyramid: Pyramid | None = None
    ) -> None:
        self.width, self.height = image.width, image.height
        self._profile = image.origin.icc_profile
        self._colours = colours
        self.pyramid = Pyramid(image) if pyramid is None else pyramid

    def read(self, region: Region, step: int) -> DisplayPixels:
        pixels, alpha = self.pyramid.level(_exponent(step))
        wanted = level_region(region, step)
        rgb, _ = colour_part(
            pixels[wanted.slices],
            self._profile,
            self._colours,
            (self.width, self.height),
            wanted,
            step,
        )
        shown = from_float(rgb, np.uint8)
        if alpha is None:
            return shown
        opacity = from_float(to_float(alpha[wanted.slices]), np.uint8)
        return np.concatenate([shown, opacity[..., None]], axis=2)

    def describe(self, x: int, y: int) -> str:
        return _values(self.read(Region(x, y, 1, 1), 1)[0, 0], None)

    def is_prepared(self, step: int) -> bool:
        return self.pyramid.is_built(_exponent(step))

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self.pyramid.build(_exponent(step), is_stopped)


class EnlargedSource:
    """A small picture at the size of its enlarged result, computed tile by tile when looked at.

    Args:
        image: the small picture.
        size: (width, height) to show it at.
        kernel: how to enlarge; the whole of it would equal `imresize(pixels, size=size)`.
    """

    def __init__(
        self, image: ImageBuffer, size: tuple[int, int], kernel: Kernel = "bicubic"
    ) -> None:
        self.width, self.height = size
        self._kernel = kernel
        self._scales = self.width / image.width, self.height / image.height
        self._pyramid = Pyramid(image)
        self._to_display = DisplayTransform(image.origin.icc_profile, is_gray=image.is_gray)

    def read(self, region: Region, step: int) -> DisplayPixels:
        return _displayed(self.resample(region, step), self._to_display)

    def resample(self, region: Region, step: int) -> Level:
        """Return what `read` does, in the picture's own depth and colours."""
        index = self._level_index(step)
        pixels, alpha = self._pyramid.level(index)
        factor = (1 << index) / step
        scales = self._scales[0] * factor, self._scales[1] * factor
        size = -(-self.width // step), -(-self.height // step)
        wanted = level_region(region, step)

        def enlarge(plane: Pixels) -> Pixels:
            return resize_region(plane, size, wanted, kernel=self._kernel, scales=scales)

        return Level(enlarge(pixels), None if alpha is None else enlarge(alpha))

    def describe(self, x: int, y: int) -> str:
        pixels, alpha = self.resample(Region(x, y, 1, 1), 1)
        return _values(pixels[0, 0], None if alpha is None else alpha[0, 0])

    def is_prepared(self, step: int) -> bool:
        return self._pyramid.is_built(self._level_index(step))

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self._pyramid.build(self._level_index(step), is_stopped)

    def _level_index(self, step: int) -> int:
        """Return the coarsest level of the small picture that is not coarser than `step`."""
        return _exponent(max(1, int(step / max(self._scales))))


class DifferenceSource:
    """How two pictures differ on the screen, per channel: a minus b, amplified.

    Args:
        a: a picture.
        b: one of the same size; where they differ in size the common part is shown.
        gain: what one level of difference is multiplied by.
        is_signed: show zero as mid-gray; otherwise the absolute difference on black.
    """

    def __init__(
        self, a: PixelSource, b: PixelSource, gain: float = 8.0, *, is_signed: bool = False
    ) -> None:
        self.width, self.height = min(a.width, b.width), min(a.height, b.height)
        self._a, self._b = a, b
        self._gain, self._is_signed = gain, is_signed

    def read(self, region: Region, step: int) -> DisplayPixels:
        amplified = self._difference(region, step) * np.float32(self._gain)
        if self._is_signed:
            amplified += 128
        else:
            np.abs(amplified, out=amplified)
        shown: DisplayPixels = np.rint(np.clip(amplified, 0, 255)).astype(np.uint8)
        return shown

    def describe(self, x: int, y: int) -> str:
        pixel = self._difference(Region(x, y, 1, 1), 1)[0, 0]
        return " ".join(f"{value:+.0f}" for value in pixel)

    def is_prepared(self, step: int) -> bool:
        return self._a.is_prepared(step) and self._b.is_prepared(step)

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self._a.prepare(step, is_stopped)
        self._b.prepare(step, is_stopped)

    def _difference(self, region: Region, step: int) -> NDArray[np.float32]:
        return _over_black(self._a.read(region, step)) - _over_black(self._b.read(region, step))


class PatchedSource:
    """A picture with finished regions laid over it, the newest on top.

    Args:
        base: what is shown elsewhere.
        patches: where each lies in full-size pixels, and its picture of that size.
    """

    def __init__(self, base: PixelSource, patches: Sequence[tuple[Region, ImageBuffer]]) -> None:
        for region, image in patches:
            if (region.width, region.height) != (image.width, image.height):
                raise ValueError(f"a patch of {image.width} x {image.height} px for {region}")
        self.width, self.height = base.width, base.height
        self._base = base
        self._patches = tuple(
            (
                region.intersect(Region(0, 0, base.width, base.height)),
                image.crop(_visible_part(region, base)),
                DisplayTransform(image.origin.icc_profile, is_gray=image.is_gray),
            )
            for region, image in patches
        )

    def read(self, region: Region, step: int) -> DisplayPixels:
        shown = self._base.read(region, step)
        wanted = level_region(region, step)
        for place, image, to_display in self._patches:
            # Only pixels that the patch covers whole, so that their mean is of the patch alone.
            x, y = -(-place.x // step), -(-place.y // step)
            right = place.right // step if place.right < self.width else -(-self.width // step)
            bottom = place.bottom // step if place.bottom < self.height else -(-self.height // step)
            part = Region(x, y, right - x, bottom - y).intersect(wanted)
            if part.is_empty:
                continue
            source = part.scale(step).shift(-place.x, -place.y)
            patch = image.crop(source.intersect(Region(0, 0, image.width, image.height)))
            pyramid = Pyramid(patch)
            pyramid.build(_exponent(step), _never)
            shown = _paste(
                shown,
                _displayed(pyramid.level(_exponent(step)), to_display),
                part.shift(-wanted.x, -wanted.y),
            )
        return shown

    def describe(self, x: int, y: int) -> str:
        for place, image, _ in reversed(self._patches):
            column, row = x - place.x, y - place.y
            if 0 <= column < place.width and 0 <= row < place.height:
                alpha = None if image.alpha is None else image.alpha[row, column]
                return _values(image.pixels[row, column], alpha)
        return self._base.describe(x, y)

    def is_prepared(self, step: int) -> bool:
        return self._base.is_prepared(step)

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self._base.prepare(step, is_stopped)


class MapSource:
    """A small map of numbers, such as where a result strays from its source, drawn as heat.

    Args:
        values: (h, w) uint8; 255 is the hottest.
        width: of the picture that it is stretched over.
        height: of the same.
    """

    def __init__(self, values: NDArray[np.uint8], width: int, height: int) -> None:
        self.width, self.height = width, height
        self._stretched = EnlargedSource(
            ImageBuffer(values[..., None]), (width, height), "bilinear"
        )
        anchors = np.linspace(0, 255, len(_HEAT))
        self._colours = np.stack(
            [np.interp(np.arange(256), anchors, channel) for channel in _HEAT.T], axis=1
        ).astype(np.uint8)

    def read(self, region: Region, step: int) -> DisplayPixels:
        colours: DisplayPixels = self._colours[
            self._stretched.resample(region, step).pixels[..., 0]
        ]
        return colours

    def describe(self, x: int, y: int) -> str:
        value = self._stretched.resample(Region(x, y, 1, 1), 1).pixels[0, 0, 0]
        return f"{value / 255:.0%}"

    def is_prepared(self, step: int) -> bool:
        return self._stretched.is_prepared(step)

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self._stretched.prepare(step, is_stopped)


def _exponent(step: int) -> int:
    return step.bit_length() - 1


def _never() -> bool:
    return False


def _displayed(level: Level, to_display: DisplayTransform) -> DisplayPixels:
    colour = to_display(level.pixels)
    if level.alpha is None:
        return colour
    alpha = from_float(to_float(level.alpha), np.uint8)
    return np.concatenate([colour, alpha[..., None]], axis=2)


def _values(pixel: Pixels, alpha: Any | None) -> str:
    numbers = [*pixel] if alpha is None else [*pixel, alpha]
    if pixel.dtype == np.float32:
        return " ".join(f"{number:.4f}" for number in numbers)
    return " ".join(str(number) for number in numbers)


def _over_black(pixels: DisplayPixels) -> NDArray[np.float32]:
    colour = pixels[..., :3].astype(np.float32)
    if pixels.shape[2] == 4:
        colour *= pixels[..., 3:] * np.float32(1 / 255)
    return colour


def _visible_part(region: Region, base: PixelSource) -> Region:
    """Return the part of a patch that lies within the picture, in the patch's own pixels."""
    return region.intersect(Region(0, 0, base.width, base.height)).shift(-region.x, -region.y)


def _paste(shown: DisplayPixels, patch: DisplayPixels, place: Region) -> DisplayPixels:
    """Return `shown` with `patch` in it, with alpha as soon as either has it."""
    channels = max(shown.shape[2], patch.shape[2])
    result = np.full((*shown.shape[:2], channels), 255, np.uint8)
    result[..., : shown.shape[2]] = shown
    target = result[place.slices]
    target[:] = 255
    target[..., : patch.shape[2]] = patch
    return result
