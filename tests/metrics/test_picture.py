from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from sr_studio.errors import SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.metrics.picture import compare_pictures

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)


def picture(height: int = 40, width: int = 50, channels: int = 3) -> ImageBuffer:
    return ImageBuffer(RNG.integers(0, 256, (height, width, channels), dtype=np.uint8))


def noisy(image: ImageBuffer, amount: int = 9) -> ImageBuffer:
    noise = RNG.integers(-amount, amount + 1, image.pixels.shape)
    return ImageBuffer(np.clip(image.pixels + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("channel", ["y", "rgb"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_region_equals_the_cropped_pictures(channel: str, channels: int) -> None:
    a = picture(200, 220, channels)
    b = noisy(a)
    region = Region(3, 5, 190, 180)
    part = compare_pictures(a, b, channel=channel, region=region)
    cropped = compare_pictures(a.crop(region), b.crop(region), channel=channel)
    assert part == cropped
    assert None not in (part.psnr, part.ssim, part.ms_ssim)


def test_shaving_leaves_the_border_out() -> None:
    a = picture()
    pixels = a.pixels.copy()
    pixels[:4] = pixels[:, :4] = 0
    pixels[-4:] = pixels[:, -4:] = 255
    b = ImageBuffer(pixels)
    assert compare_pictures(a, b, shave_px=4).is_identical
    assert not compare_pictures(a, b, shave_px=3).is_identical


def test_a_region_is_shaved_only_where_it_touches_the_border_of_the_picture() -> None:
    a = picture()
    b = noisy(a)
    touching = compare_pictures(a, b, shave_px=4, region=Region(0, 0, 20, 20))
    assert touching.psnr == compare_pictures(a, b, region=Region(4, 4, 16, 16)).psnr
    inside = compare_pictures(a, b, shave_px=4, region=Region(10, 10, 20, 20))
    assert inside.psnr == compare_pictures(a, b, region=Region(10, 10, 20, 20)).psnr


@pytest.mark.parametrize("channel", ["y", "rgb"])
def test_depths_may_differ(channel: str) -> None:
    a = picture()
    deep = ImageBuffer(a.pixels.astype(np.uint16) * 257)
    in_float = ImageBuffer(a.pixels.astype(np.float32) / 255)
    for other in (deep, in_float):
        metrics = compare_pictures(a, other, channel=channel)
        assert metrics.psnr is not None
        assert metrics.psnr > 120
        assert metrics.ssim == pytest.approx(1, abs=1e-5)


def test_sixteen_bit_differences_below_one_of_255_count() -> None:
    a = ImageBuffer(np.full((20, 20, 3), 30_000, np.uint16))
    b = ImageBuffer(np.full((20, 20, 3), 30_065, np.uint16))
    metrics = compare_pictures(a, b, channel="rgb")
    assert metrics.psnr == pytest.approx(20 * math.log10(65535 / 65), abs=1e-2)


def test_gray_pictures_are_compared_as_they_are() -> None:
    a = ImageBuffer(np.full((20, 20, 1), 100, np.uint8))
    b = ImageBuffer(np.full((20, 20, 1), 110, np.uint8))
    for channel in ("y", "rgb"):
        metrics = compare_pictures(a, b, channel=channel)
        assert metrics.psnr == pytest.approx(20 * math.log10(25.5), abs=1e-4)
        assert "gray" in metrics.definition


def test_gray_beside_colour_counts_as_three_equal_channels() -> None:
    gray = picture(channels=1)
    colour = ImageBuffer(np.repeat(gray.pixels, 3, axis=2))
    for channel in ("y", "rgb"):
        assert compare_pictures(gray, colour, channel=channel).is_identical
    other = noisy(colour)
    assert compare_pictures(gray, other) == compare_pictures(colour, other)


def test_equal_pictures_are_infinitely_close() -> None:
    a = picture(180, 180)
    metrics = compare_pictures(a, a)
    assert metrics.is_identical
    assert metrics.psnr == math.inf
    assert metrics.ssim == pytest.approx(1, abs=1e-6)
    assert metrics.ms_ssim == pytest.approx(1, abs=1e-6)


def test_what_a_picture_is_too_small_for_is_none() -> None:
    a = picture(10, 300)
    metrics = compare_pictures(a, noisy(a))
    assert metrics.psnr is not None
    assert metrics.ssim is None
    assert metrics.ms_ssim is None
    one = ImageBuffer(np.zeros((1, 1, 3), np.uint8))
    assert compare_pictures(one, one).is_identical


def test_only_what_is_asked_for_is_computed() -> None:
    a = picture(180, 180)
    metrics = compare_pictures(a, noisy(a), metrics=("ssim",))
    assert metrics.ssim is not None
    assert metrics.psnr is None
    assert metrics.ms_ssim is None


def test_different_sizes_are_refused_with_both_and_an_advice() -> None:
    with pytest.raises(SrStudioError, match="50 × 40 and 51 × 40") as caught:
        compare_pictures(picture(), picture(width=51))
    assert caught.value.advice


@pytest.mark.parametrize(
    "arguments", [{"shave_px": 20}, {"shave_px": 4, "region": Region(0, 0, 3, 30)}]
)
def test_nothing_left_to_compare_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(SrStudioError, match="Nothing is left"):
        compare_pictures(picture(), picture(), **arguments)


def test_the_definition_names_channels_and_border() -> None:
    a = picture()
    assert "luma" in compare_pictures(a, a, shave_px=4).definition
    assert "4 px left off" in compare_pictures(a, a, shave_px=4).definition
    assert "R, G and B" in compare_pictures(a, a, channel="rgb").definition


@pytest.mark.needs_data
@pytest.mark.parametrize(("scale", "published_db"), [(2, 33.67), (3, 30.40), (4, 28.43)])
def test_bicubic_reaches_its_published_psnr_on_set5(
    shared_data: Path, scale: int, published_db: float
) -> None:
    figures = []
    for file in sorted((shared_data / "benchmarks" / "Set5" / "HR").glob("*.png")):
        high_res = np.array(Image.open(file))
        height, width = (side // scale * scale for side in high_res.shape[:2])
        high_res = high_res[:height, :width]
        enlarged = imresize(imresize(high_res, scale=1 / scale), scale=scale)
        metrics = compare_pictures(
            ImageBuffer(enlarged), ImageBuffer(high_res), shave_px=scale, metrics=("psnr",)
        )
        figures.append(metrics.psnr)
    assert np.mean(figures) == pytest.approx(published_db, abs=0.01)
