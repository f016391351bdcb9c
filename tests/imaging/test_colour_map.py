from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from sr_studio.imaging.colour import from_srgb, to_srgb
from sr_studio.imaging.colour_map import ColourMap, colour_picture
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin, to_float
from sr_studio.imaging.lab import gray_of, rgb_to_lab
from sr_studio.imaging.pixel_source import BufferSource, ColouredSource
from sr_studio.imaging.region import Region

RANDOM = np.random.default_rng(3)
RAMP = np.linspace(20, 230, 60).astype(np.uint8)[None, :].repeat(40, 0)[..., None]
ADOBE = imagecodecs.cms_profile("adobergb")
GRAY_18 = imagecodecs.cms_profile("gray", gamma=1.8, whitepoint=(0.3127, 0.3290, 1.0))


def even(a: float, b: float) -> ColourMap:
    """The same colour everywhere."""
    return ColourMap(np.zeros((2, 3, 2), np.float32), np.full((2, 3, 2), (a, b), np.float32))


def coloured(image: ImageBuffer, colours: ColourMap) -> ImageBuffer:
    return colour_picture(image, colours, lambda _share: None)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_gray_becomes_rgb_of_the_same_depth_and_lightness(dtype: type) -> None:
    white = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    pixels = (RAMP / 255 * white).astype(dtype)
    result = coloured(ImageBuffer(pixels), even(12, -9))
    assert result.pixels.dtype == dtype
    assert result.pixels.shape == (40, 60, 3)
    lab = rgb_to_lab(to_float(result.pixels))
    assert np.abs(lab[..., 1:] - (12, -9)).max() < 1.5
    found = gray_of(result.pixels.astype(np.float64) / white)
    assert np.abs(found - to_float(pixels)[..., 0]).max() <= 0.51 / white + 2e-6


def test_an_empty_map_leaves_gray() -> None:
    result = coloured(ImageBuffer(RAMP), ColourMap.empty())
    assert np.array_equal(result.pixels, np.repeat(RAMP, 3, 2))


def test_transparency_and_metadata_stay() -> None:
    alpha = RANDOM.integers(0, 256, (40, 60)).astype(np.uint8)
    origin = ImageOrigin(path=Path("a.tif"), exif=b"II", dpi=(300, 300))
    result = coloured(ImageBuffer(RAMP, alpha, origin), even(5, 5))
    assert result.alpha is alpha
    assert (result.origin.path, result.origin.exif) == (origin.path, origin.exif)
    assert result.origin.dpi == (300, 300)


def test_a_profile_of_gray_is_followed_and_left_behind() -> None:
    image = ImageBuffer(RAMP, origin=ImageOrigin(icc_profile=GRAY_18))
    result = coloured(image, ColourMap.empty())
    assert result.origin.icc_profile is None
    wanted = to_srgb(RAMP, GRAY_18)[..., 0]
    assert np.abs(result.pixels[..., 1] / 255 - wanted).max() < 1 / 255


def test_a_profile_of_rgb_is_kept() -> None:
    origin = ImageOrigin(icc_profile=ADOBE)
    image = ImageBuffer(np.repeat(RAMP, 3, 2), origin=origin)
    result = coloured(image, even(10, 10))
    assert result.origin.icc_profile == ADOBE
    shown = rgb_to_lab(np.clip(to_srgb(result.pixels, ADOBE), 0, 1))
    assert np.abs(shown[:, 15:, 1:] - 10).max() < 2  # in the dark a level is much
    back = from_srgb(to_srgb(image.pixels, ADOBE), ADOBE)
    assert np.abs(back - to_float(image.pixels)).max() < 1e-3


def test_colours_of_the_picture_itself_do_not_count() -> None:
    tinted = np.stack([RAMP[..., 0], RAMP[..., 0] // 2, RAMP[..., 0] // 3], -1)
    lab = rgb_to_lab(to_float(coloured(ImageBuffer(tinted), even(0, 0)).pixels))
    assert np.abs(lab[..., 1:]).max() < 1
    assert np.abs(lab[..., 0] - rgb_to_lab(to_float(tinted))[..., 0]).max() < 0.5


def test_a_picture_larger_than_a_strip_has_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    image = ImageBuffer(RANDOM.integers(0, 256, (53, 31, 1)).astype(np.uint8))
    colours = ColourMap(
        RANDOM.normal(0, 0.1, (7, 5, 2)).astype(np.float32),
        RANDOM.normal(0, 20, (7, 5, 2)).astype(np.float32),
    )
    at_once = coloured(image, colours)
    monkeypatch.setattr("sr_studio.imaging.colour_map._STRIP_PX", 31 * 3)
    assert np.array_equal(coloured(image, colours).pixels, at_once.pixels)


def test_saturation_goes_from_gray_to_twice_the_colour() -> None:
    def chroma(factor: float) -> float:
        lab = rgb_to_lab(to_float(coloured(ImageBuffer(RAMP), even(6, 8).saturated(factor)).pixels))
        return float(np.hypot(lab[..., 1], lab[..., 2]).mean())

    assert chroma(0.0) < 0.3
    assert chroma(2.0) == pytest.approx(2 * chroma(1.0), rel=0.05)


def test_slopes_follow_the_lightness_of_the_full_picture() -> None:
    """Where the small map knows no edge, the large picture's is coloured sharply."""
    pixels = np.zeros((64, 64, 1), np.uint8)
    pixels[:, :33], pixels[:, 33:] = 60, 190
    slopes = np.full((4, 4, 2), (0.5, 0), np.float32)
    offsets = np.full((4, 4, 2), (-25, 0), np.float32)
    lab = rgb_to_lab(to_float(coloured(ImageBuffer(pixels), ColourMap(slopes, offsets)).pixels))
    assert np.ptp(lab[:, :33, 1]) < 0.5
    assert np.ptp(lab[:, 33:, 1]) < 0.5
    assert lab[0, 40, 1] - lab[0, 20, 1] > 15


def test_what_is_shown_is_what_is_saved() -> None:
    image = ImageBuffer(RANDOM.integers(0, 256, (70, 90, 1)).astype(np.uint8))
    colours = ColourMap(
        RANDOM.normal(0, 0.1, (7, 9, 2)).astype(np.float32),
        RANDOM.normal(0, 20, (7, 9, 2)).astype(np.float32),
    )
    source = ColouredSource(image, colours)
    whole = BufferSource(coloured(image, colours))
    region = Region(16, 8, 50, 40)
    shown = source.read(region, 1).astype(int)
    assert np.abs(shown - whole.read(region, 1)).max() <= 1
    for each in (source, whole):
        each.prepare(4, lambda: False)
    small = source.read(Region(0, 0, 90, 70), 4).astype(int)
    assert small.shape == (18, 23, 3)
    assert np.abs(small - whole.read(Region(0, 0, 90, 70), 4)).mean() < 12


def test_a_new_colouring_uses_the_reduced_sizes_again() -> None:
    first = ColouredSource(ImageBuffer(RAMP), even(1, 1))
    first.prepare(2, lambda: False)
    assert ColouredSource(ImageBuffer(RAMP), even(2, 2), first.pyramid).is_prepared(2)
