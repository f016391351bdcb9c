from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sr_studio.degradations.degrade import crop_to_multiple, degrade
from sr_studio.degradations.recipe import Degradation
from sr_studio.errors import SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin, Pixels
from sr_studio.imaging.resize import imresize

EVERYTHING = Degradation(scale=3, sigma_blur=1.2, noise=10, jpeg=70)
RECIPES = [
    Degradation(scale=2),
    Degradation(scale=3, kernel="nearest"),
    Degradation(scale=2, kernel="gaussian", sigma_blur=1.6),
    Degradation(scale=1, noise=25),
    Degradation(scale=1, jpeg=10),
    Degradation(scale=4, sigma_blur=2),
    EVERYTHING,
]
ORIGIN = ImageOrigin(
    path=Path("holiday.tif"),
    file_format="tiff",
    icc_profile=b"profile",
    exif=b"exif",
    dpi=(300, 300),
)


def smooth_pixels(dtype: type, channels: int, height: int = 31, width: int = 26) -> Pixels:
    y, x = np.mgrid[:height, :width]
    waves = [0.5 + 0.4 * np.sin(x / (5 + c)) * np.cos(y / 7) for c in range(channels)]
    white = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    return (np.stack(waves, axis=2) * white).astype(dtype)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_depth_channels_and_origin_stay(recipe: Degradation, dtype: type, channels: int) -> None:
    pixels = smooth_pixels(dtype, channels)
    image = ImageBuffer(pixels, alpha=pixels[..., 0].copy(), origin=ORIGIN)
    low_res = degrade(image, recipe)
    height, width = 31 // recipe.scale, 26 // recipe.scale
    assert low_res.pixels.shape == (height, width, channels)
    assert low_res.pixels.dtype == dtype
    assert low_res.alpha is not None
    assert low_res.alpha.shape == (height, width)
    assert low_res.origin.icc_profile == b"profile"
    assert low_res.origin.exif == b"exif"
    assert low_res.origin.path == ORIGIN.path
    # still the same picture: close to its plain reduction
    plain = imresize(
        crop_to_multiple(image, recipe.scale).pixels,
        size=(width, height),
        antialias=recipe.kernel != "nearest",
    )
    difference = np.abs(low_res.pixels / image.white - plain / image.white).mean()
    assert difference < 0.12


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bicubic_alone_is_matlabs_without_a_detour(dtype: type) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, np.iinfo(dtype).max + 1, (24, 36, 3)).astype(dtype)
    low_res = degrade(ImageBuffer(pixels), Degradation(scale=3))
    np.testing.assert_array_equal(low_res.pixels, imresize(pixels, scale=1 / 3))


def test_nothing_asked_for_changes_nothing() -> None:
    image = ImageBuffer(smooth_pixels(np.uint16, 3))
    np.testing.assert_array_equal(degrade(image, Degradation(scale=1)).pixels, image.pixels)


def test_the_picture_is_cropped_to_a_multiple_at_the_right_and_bottom() -> None:
    image = ImageBuffer(smooth_pixels(np.uint8, 3))
    cropped = crop_to_multiple(image, 4)
    assert (cropped.width, cropped.height) == (24, 28)
    np.testing.assert_array_equal(cropped.pixels, image.pixels[:28, :24])


def test_noise_is_as_strong_as_asked_and_comes_after_downsampling() -> None:
    image = ImageBuffer(np.full((400, 400, 3), 30_000, np.uint16))
    noisy = degrade(image, Degradation(scale=4, noise=25, seed=3))
    assert (noisy.pixels / 65535).std() == pytest.approx(25 / 255, rel=0.02)
    again = degrade(image, Degradation(scale=4, noise=25, seed=3))
    np.testing.assert_array_equal(noisy.pixels, again.pixels)
    other = degrade(image, Degradation(scale=4, noise=25, seed=4))
    assert (noisy.pixels != other.pixels).any()


def test_noise_in_integers_is_clipped_not_wrapped_around() -> None:
    white = ImageBuffer(np.full((50, 50, 1), 255, np.uint8))
    assert degrade(white, Degradation(scale=1, noise=5)).pixels.min() > 200


def test_jpeg_on_more_than_eight_bits_says_what_was_lost() -> None:
    deep = ImageBuffer(smooth_pixels(np.uint16, 3), origin=ORIGIN)
    low_res = degrade(deep, Degradation(scale=1, jpeg=90))
    assert len(np.unique(low_res.pixels % 257)) == 1
    assert "JPEG has 8 bits" in low_res.origin.notes[-1]
    shallow = degrade(ImageBuffer(smooth_pixels(np.uint8, 3)), Degradation(scale=1, jpeg=90))
    assert shallow.origin.notes == ()


def test_jpeg_leaves_transparency_alone() -> None:
    alpha = np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    image = ImageBuffer(np.full((32, 32, 3), 90, np.uint8), alpha=alpha)
    low_res = degrade(image, Degradation(scale=1, noise=50, jpeg=5))
    np.testing.assert_array_equal(low_res.alpha, alpha)


def test_a_picture_smaller_than_the_scale_is_refused() -> None:
    with pytest.raises(SrStudioError, match="3 × 2 px") as caught:
        degrade(ImageBuffer(np.zeros((2, 3, 3), np.uint8)), Degradation(scale=4))
    assert caught.value.advice


@pytest.mark.needs_data
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_gives_the_published_low_resolution_set5(shared_data: Path, scale: int) -> None:
    published = shared_data / "benchmarks" / "Set5"
    for file in sorted((published / "HR").glob("*.png")):
        low_res = degrade(ImageBuffer(np.array(Image.open(file))), Degradation(scale=scale))
        expected = np.array(Image.open(published / f"LRx{scale}" / file.name))
        np.testing.assert_array_equal(low_res.pixels, expected, err_msg=file.name)
