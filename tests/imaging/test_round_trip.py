"""decode(encode(x)) == x wherever the format promises it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.exif import Exif
from sr_studio.imaging.formats import tiff_writer
from sr_studio.imaging.image_buffer import ImageOrigin
from sr_studio.imaging.tiff_directory import text_tag
from tests.helpers.pictures import make_picture

if TYPE_CHECKING:
    from pathlib import Path

LOSSLESS: list[tuple[str, Any]] = [
    (".png", np.uint8),
    (".png", np.uint16),
    (".tif", np.uint8),
    (".tif", np.uint16),
    (".tif", np.float32),
]


@pytest.mark.parametrize(("suffix", "dtype"), LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_alpha", [False, True])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_lossless_formats_return_every_bit(
    tmp_path: Path,
    suffix: str,
    dtype: Any,
    channels: int,
    has_alpha: bool,
    height: int,
    width: int,
    seed: int,
) -> None:
    picture = make_picture(height, width, channels, dtype, has_alpha=has_alpha, seed=seed)
    path = tmp_path / f"picture{suffix}"
    assert encode_image(picture, path, SaveOptions(overwrite=True)) == ()
    back = decode_image(path)
    assert back.pixels.dtype == dtype
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    if picture.alpha is None:
        assert back.alpha is None
    else:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    assert back.origin.notes == ()
    assert back.pixels.flags.c_contiguous


@pytest.mark.parametrize("has_alpha", [False, True])
def test_webp_at_quality_100_returns_every_bit_also_under_transparency(
    tmp_path: Path, has_alpha: bool
) -> None:
    picture = make_picture(has_alpha=has_alpha)
    if picture.alpha is not None:
        alpha = picture.alpha.copy()
        alpha[:5] = 0
        picture = type(picture)(picture.pixels, alpha)
    encode_image(picture, tmp_path / "x.webp", SaveOptions(quality=100))
    back = decode_image(tmp_path / "x.webp")
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    assert (back.alpha is not None) == has_alpha
    if has_alpha:
        np.testing.assert_array_equal(back.alpha, picture.alpha)


@pytest.mark.parametrize(
    ("suffix", "channels", "has_alpha"),
    [
        *itertools.product((".jpg",), (1, 3), (False,)),
        *itertools.product((".webp", ".avif"), (1, 3), (False, True)),
    ],
)
def test_lossy_formats_stay_close(
    tmp_path: Path, suffix: str, channels: int, has_alpha: bool
) -> None:
    picture = make_picture(64, 80, channels, has_alpha=has_alpha)
    encode_image(picture, tmp_path / f"x{suffix}", SaveOptions(quality=98))
    back = decode_image(tmp_path / f"x{suffix}")
    assert (back.width, back.height) == (80, 64)
    difference = back.pixels.astype(int) - picture.pixels
    assert np.abs(difference).mean() < (10 if suffix == ".webp" else 4)  # halves the chroma
    assert (back.alpha is not None) == has_alpha
    if picture.alpha is not None and back.alpha is not None:
        assert np.abs(back.alpha.astype(int) - picture.alpha).mean() < 4


@pytest.mark.parametrize("suffix", [".jpg", ".avif"])
def test_gray_stays_gray_in_lossy_formats(tmp_path: Path, suffix: str) -> None:
    encode_image(make_picture(channels=1), tmp_path / f"x{suffix}")
    assert decode_image(tmp_path / f"x{suffix}").is_gray


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg", ".avif"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1)])
def test_tiny_and_thin_pictures_survive(
    tmp_path: Path, suffix: str, height: int, width: int
) -> None:
    encode_image(make_picture(height, width), tmp_path / f"x{suffix}")
    back = decode_image(tmp_path / f"x{suffix}")
    assert (back.height, back.width) == (height, width)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("height", "width"), [(1, 65535), (65535, 1)])
def test_65535_pixels_long_survive(tmp_path: Path, suffix: str, height: int, width: int) -> None:
    picture = make_picture(height, width)
    encode_image(picture, tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(decode_image(tmp_path / f"x{suffix}").pixels, picture.pixels)


def test_large_pictures_take_the_fast_png_path_without_loss(tmp_path: Path) -> None:
    picture = make_picture(1300, 1100, 3, np.uint16)
    encode_image(picture, tmp_path / "x.png")
    np.testing.assert_array_equal(decode_image(tmp_path / "x.png").pixels, picture.pixels)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiffs_of_many_strips_return_every_bit_in_other_programs_too(
    tmp_path: Path, order: Any, is_big: bool, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff_writer, "_STRIP_BYTES", 4000)
    monkeypatch.setattr(tiff_writer, "_CLASSIC_LIMIT_BYTES", 1 if is_big else 1 << 30)
    exif = Exif(order, main={0x10F: text_tag("Maker")}).to_bytes()
    picture = make_picture(
        143, 91, 3, dtype, has_alpha=True, origin=ImageOrigin(exif=exif, dpi=(300.0, 300.0))
    )
    encode_image(picture, tmp_path / "x.tif")
    back = decode_image(tmp_path / "x.tif")
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    np.testing.assert_array_equal(back.alpha, picture.alpha)
    with tifffile.TiffFile(tmp_path / "x.tif") as tiff:
        assert tiff.is_bigtiff == is_big
        assert tiff.byteorder == order
        samples = tiff.asarray()
    np.testing.assert_array_equal(samples[..., :3], picture.pixels)
    np.testing.assert_array_equal(samples[..., 3], picture.alpha)
    # Pillow, that is libtiff, holds no more in colour, and takes big-endian BigTIFF for classic
    if dtype == np.uint8 and not (is_big and order == ">"):
        with Image.open(tmp_path / "x.tif") as image:
            np.testing.assert_array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("depth", ["8", "16", "float"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_depth_can_be_chosen_and_white_stays_white(tmp_path: Path, depth: Any, dtype: Any) -> None:
    picture = make_picture(4, 4, 3, dtype)
    white = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = picture.pixels.copy()
    pixels[0], pixels[1] = white, 0
    picture = type(picture)(pixels)
    encode_image(picture, tmp_path / "x.tif", SaveOptions(depth=depth))
    back = decode_image(tmp_path / "x.tif")
    assert back.pixels.dtype == {"8": np.uint8, "16": np.uint16, "float": np.float32}[depth]
    assert (back.pixels[0] == back.white).all()
    assert (back.pixels[1] == 0).all()
    error = np.abs(back.pixels[2:] / back.white - np.clip(pixels[2:] / white, 0, 1))
    assert error.max() <= 0.51 / 255


def test_pixels_in_a_memory_map_are_written(tmp_path: Path) -> None:
    picture = make_picture()
    np.save(tmp_path / "x.npy", picture.pixels)
    mapped = type(picture)(np.load(tmp_path / "x.npy", mmap_mode="r"))
    for name in ("x.png", "x.tif", "x.jpg", "x.webp", "x.avif"):
        encode_image(mapped, tmp_path / name)
    np.testing.assert_array_equal(decode_image(tmp_path / "x.tif").pixels, picture.pixels)
    np.testing.assert_array_equal(decode_image(tmp_path / "x.png").pixels, picture.pixels)


def test_a_view_into_a_larger_picture_is_written(tmp_path: Path) -> None:
    whole = make_picture(40, 40)
    part = type(whole)(whole.pixels[3:20, 5:31])
    for name in ("x.png", "x.tif", "x.jpg", "x.webp", "x.avif"):
        encode_image(part, tmp_path / name)
    np.testing.assert_array_equal(decode_image(tmp_path / "x.png").pixels, part.pixels)
