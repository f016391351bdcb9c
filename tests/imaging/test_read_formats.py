"""Every kind of file that photographers have is read, by content and in its own depth."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from sr_studio.errors import UnreadableImage
from sr_studio.imaging.decode_image import decode_bytes, is_picture
from sr_studio.imaging.exif import parse_exif
from sr_studio.imaging.image_buffer import ImageBuffer
from tests.helpers.pictures import make_samples

DATA = Path(__file__).parent / "data"
RGB = make_samples(30, 44, 3)
GRAY = RGB[..., :1]
DEEP = make_samples(30, 44, 3, np.uint16)


def pillow(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, file_format, **options)
    return stream.getvalue()


def tiff(samples: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, metadata=None, **options)
    return stream.getvalue()


def read(data: bytes) -> ImageBuffer:
    return decode_bytes(data, name="picture.xyz")


def assert_equal(picture: ImageBuffer, samples: Any) -> None:
    expected = samples[..., None] if samples.ndim == 2 else samples
    assert picture.pixels.dtype == expected.dtype
    np.testing.assert_array_equal(picture.pixels, expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_as_pillow_reads_it(progressive: bool, mode: str) -> None:
    data = pillow(Image.fromarray(RGB).convert(mode), "JPEG", progressive=progressive)
    picture = read(data)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert picture.origin.file_format == "jpeg"
    assert picture.is_gray == (mode == "L")
    assert np.abs(picture.pixels.squeeze().astype(int) - expected).max() <= 2


def test_jpeg_of_twelve_bits_becomes_sixteen() -> None:
    data = imagecodecs.jpeg8_encode(DEEP >> 4, level=100, bitspersample=12, subsampling="444")
    picture = read(data)
    assert picture.pixels.dtype == np.uint16
    assert np.abs(picture.pixels.astype(int) - DEEP).max() < 400


def test_jpeg_without_loss() -> None:
    assert_equal(read(imagecodecs.jpeg8_encode(RGB, lossless=True)), RGB)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_as_pillow_reads_it(mode: str) -> None:
    image = Image.fromarray(RGB).convert("L" if mode == "1" else "RGB").convert(mode)
    picture = read(pillow(image, "PNG"))
    expected = np.asarray(image.convert({"1": "L", "P": "RGB"}.get(mode, mode)))
    expected = expected[..., None] if expected.ndim == 2 else expected
    has_alpha = mode in ("LA", "RGBA")
    assert (picture.alpha is not None) == has_alpha
    assert_equal(picture, expected[..., :-1] if has_alpha else expected)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_png_of_few_gray_bits_uses_the_whole_range(bits: int) -> None:
    white = (1 << bits) - 1
    samples = (np.arange(32).reshape(4, 8) % (white + 1)).astype(np.uint8)
    picture = read(_png_of_bits(samples, bits))
    assert_equal(picture, (samples * (255 // white)).astype(np.uint8))


def _png_of_bits(samples: Any, bits: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    height, width = samples.shape
    per_byte = 8 // bits
    rows = b""
    for row in samples:
        shifted = row.reshape(-1, per_byte) << (bits * np.arange(per_byte)[::-1])
        rows += b"\x00" + shifted.sum(axis=1).astype(np.uint8).tobytes()
    header = struct.pack(">2I5B", width, height, bits, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_png_transparent_colour_becomes_alpha(mode: str) -> None:
    image = Image.fromarray(RGB).convert("L" if mode == "L" else "RGB")
    image = image.quantize(8) if mode == "P" else image
    first = image.getpixel((0, 0))
    picture = read(pillow(image, "PNG", transparency=first))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert picture.alpha.max() == 255


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_of_sixteen_bits(channels: int) -> None:
    samples = make_samples(9, 7, channels, np.uint16)
    squeezed = np.ascontiguousarray(samples[..., 0]) if channels == 1 else samples
    picture = read(imagecodecs.png_encode(squeezed))
    colours = channels - (channels in (2, 4))
    assert_equal(picture, samples[..., :colours])
    assert (picture.alpha is not None) == (channels in (2, 4))


def test_animations_give_their_first_frame_and_a_note() -> None:
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    for file_format in ("PNG", "WEBP", "GIF"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        data = pillow(
            frames[0], file_format, save_all=True, append_images=frames[1:], duration=50, **options
        )
        picture = read(data)
        if file_format != "GIF":
            assert_equal(picture, RGB)
        assert any("first" in note for note in picture.origin.notes)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "lzw", "predictor": True},
        {"compression": "adobe_deflate", "predictor": True, "tile": (16, 16)},
        {"compression": "zstd", "rowsperstrip": 7},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"planarconfig": "separate"},
    ],
    ids=str,
)
def test_tiff_layouts(dtype: Any, channels: int, options: dict[str, Any]) -> None:
    samples = make_samples(37, 41, channels, dtype)
    if channels == 1:
        options = {key: value for key, value in options.items() if key != "planarconfig"}
        stored = samples[..., 0]
    elif options.get("planarconfig"):
        stored = np.moveaxis(samples, -1, 0)
    else:
        stored = samples
    if channels == 4:
        options = {**options, "extrasamples": ["unassalpha"]}
    data = tiff(stored, photometric="minisblack" if channels == 1 else "rgb", **options)
    picture = read(data)
    assert_equal(picture, samples[..., :3])
    assert (picture.alpha is not None) == (channels == 4)
    if picture.alpha is not None:
        np.testing.assert_array_equal(picture.alpha, samples[..., 3])


def test_tiff_with_jpeg_inside_becomes_rgb() -> None:
    data = tiff(RGB, photometric="rgb", compression="jpeg", compressionargs={"level": 98})
    assert np.abs(read(data).pixels.astype(int) - RGB).mean() < 10
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, "TIFF", compression="jpeg", quality=98)
    assert np.abs(read(stream.getvalue()).pixels.astype(int) - RGB).mean() < 10


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_where_zero_is_white_is_turned(dtype: Any) -> None:
    samples = make_samples(8, 9, 1, dtype)[..., 0]
    white = np.iinfo(dtype).max
    assert_equal(read(tiff(samples, photometric="miniswhite")), white - samples)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_tiff_of_other_floats_becomes_float32(dtype: Any) -> None:
    samples = make_samples(8, 9, 3, dtype)
    assert_equal(read(tiff(samples, photometric="rgb")), samples.astype(np.float32))


def test_tiff_of_one_bit_and_of_odd_bits() -> None:
    bits = np.arange(64).reshape(8, 8) % 3 == 0
    assert_equal(read(tiff(bits, photometric="minisblack")), np.where(bits, 255, 0).astype("u1"))
    twelve = (np.arange(64).reshape(8, 8) * 65).astype(np.uint16)
    picture = read(tiff(twelve, photometric="minisblack", bitspersample=12))
    assert_equal(picture, np.rint(twelve * (65535 / 4095)).astype(np.uint16))


def test_tiff_palette_becomes_colour() -> None:
    palette = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint16) * 257
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = read(tiff(indices, photometric="palette", colormap=palette))
    assert_equal(picture, (palette >> 8).astype(np.uint8).T[indices])


def test_tiff_of_several_pages_gives_the_first_and_a_note() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for page in (RGB, 255 - RGB):
            writer.write(page, photometric="rgb", metadata=None, contiguous=False)
    picture = read(stream.getvalue())
    assert_equal(picture, RGB)
    assert "Page 1 of 2 was read." in picture.origin.notes


def test_tiff_transparency_that_was_multiplied_in_is_divided_out() -> None:
    straight = make_samples(16, 16, 4, np.uint16)
    alpha = straight[..., 3:].astype(np.float64) / 65535
    stored = straight.copy()
    stored[..., :3] = np.rint(straight[..., :3] * alpha)
    picture = read(tiff(stored, photometric="rgb", extrasamples=["assocalpha"]))
    solid = straight[..., 3] > 20000
    error = np.abs(picture.pixels.astype(int) - straight[..., :3])[solid]
    assert error.max() <= 3
    assert any("divided out" in note for note in picture.origin.notes)


def test_tiff_extra_channels_that_are_no_transparency_are_left_out_with_a_note() -> None:
    samples = make_samples(8, 8, 5)
    data = tiff(samples, photometric="rgb", extrasamples=["unspecified", "unspecified"])
    picture = read(data)
    assert_equal(picture, samples[..., :3])
    assert picture.alpha is None
    assert any("2 extra" in note for note in picture.origin.notes)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_in_lab_becomes_srgb(dtype: Any) -> None:
    white = np.iinfo(dtype).max
    samples = np.zeros((1, 3, 3), dtype)
    samples[0, :, 0] = white, white // 2, 0
    picture = read(tiff(samples, photometric="cielab", iccprofile=imagecodecs.cms_profile("srgb")))
    np.testing.assert_allclose(
        picture.pixels[0] / white, np.array([[1] * 3, [119 / 255] * 3, [0] * 3]), atol=2 / 255
    )
    assert picture.origin.icc_profile is None
    assert picture.origin.notes == ("Its Lab colours were converted to sRGB.",)


def test_tiff_in_lab_of_pure_red() -> None:
    red = np.array([[[138, 81, 70]]], np.uint8)  # L 54.3, a 80.8, b 69.9 under D50
    np.testing.assert_allclose(
        read(tiff(red, photometric="cielab")).pixels[0, 0], (255, 0, 0), atol=8
    )
    deep = np.array([[[35578, 80.8 * 256, 69.9 * 256]]]).astype(np.uint16)
    shown = read(tiff(deep, photometric="cielab")).pixels[0, 0] / 257
    np.testing.assert_allclose(shown, (255, 0, 0), atol=4)
    blue = np.array([[[75, 68, 256 - 112]]], np.uint8)  # b is negative
    np.testing.assert_allclose(
        read(tiff(blue, photometric="cielab")).pixels[0, 0], (0, 0, 255), atol=8
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp(mode: str) -> None:
    image = Image.fromarray(RGB).convert("L" if mode == "1" else "RGB").convert(mode)
    picture = read(pillow(image, "BMP", dpi=(300, 300)))
    expected = np.asarray(image.convert({"1": "L", "P": "RGB"}.get(mode, mode)))
    assert_equal(picture, expected)
    assert picture.origin.dpi == pytest.approx((300, 300), rel=1e-3)


def test_palettes_of_grays_stay_gray() -> None:
    image = Image.fromarray(GRAY[..., 0])
    indexed = Image.fromarray(GRAY[..., 0] // 16)
    indexed.putpalette([level * 17 for level in range(16) for _ in range(3)])
    for data in (
        *(pillow(image, "BMP"), pillow(image, "GIF")),
        *(pillow(indexed, "BMP"), pillow(indexed, "PNG"), pillow(indexed, "TIFF")),
    ):
        assert read(data).is_gray


def test_gif_transparency_becomes_alpha() -> None:
    image = Image.fromarray(RGB).quantize(16)
    picture = read(pillow(image, "GIF", transparency=image.getpixel((0, 0))))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert read(pillow(image, "GIF")).alpha is None


@pytest.mark.parametrize("lossless", [False, True])
def test_webp(lossless: bool) -> None:
    picture = read(pillow(Image.fromarray(RGB), "WEBP", lossless=lossless, quality=90))
    assert picture.origin.file_format == "webp"
    if lossless:
        assert_equal(picture, RGB)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif_of_more_than_eight_bits_becomes_sixteen(bits: int) -> None:
    samples = DEEP >> (16 - bits)
    samples = samples.astype(np.uint8) if bits == 8 else samples
    picture = read(imagecodecs.avif_encode(samples, level=100, bitspersample=bits))
    assert picture.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    expected = samples / ((1 << bits) - 1)
    assert np.abs(picture.pixels / picture.white - expected).mean() < 0.01


def test_avif_and_jpeg_are_turned_upright_once() -> None:
    exif = Image.Exif()
    exif[274] = 6
    for file_format in ("AVIF", "JPEG"):
        data = pillow(Image.fromarray(RGB), file_format, exif=exif.tobytes(), quality=95)
        picture = read(data)
        assert (picture.width, picture.height) == (30, 44)
        turned = np.rot90(RGB, -1)
        assert np.abs(picture.pixels.astype(int) - turned).mean() < 10
        saved = Image.Exif()
        saved.load(picture.origin.exif or b"")
        assert saved.get(274, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_as_pillow_turns_it(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = pillow(Image.fromarray(make_samples(30, 44, 4)), "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    picture = read(data)
    assert_equal(picture, expected[..., :3])
    np.testing.assert_array_equal(picture.alpha, expected[..., 3])
    assert picture.pixels.flags.c_contiguous


def test_heic_is_upright_and_ten_bits_become_sixteen() -> None:
    pytest.importorskip("pi_heif")
    picture = read((DATA / "upright_by_rotation.heic").read_bytes())
    assert (picture.width, picture.height) == (48, 64)
    assert picture.origin.exif is not None
    saved = Image.Exif()
    saved.load(picture.origin.exif)
    assert saved.get(274, 1) == 1
    assert saved[271] == "Maker"
    deep = read((DATA / "ten_bits.heic").read_bytes())
    assert deep.pixels.dtype == np.uint16
    assert deep.pixels.max() > 65000


def test_missing_extras_are_named_with_the_command_that_adds_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    monkeypatch.setitem(sys.modules, "rawpy", None)
    with pytest.raises(UnreadableImage) as caught:
        read((DATA / "ten_bits.heic").read_bytes())
    assert 'pip install "sr-studio[heic]"' in caught.value.advice
    with pytest.raises(UnreadableImage) as caught:
        read(make_dng())
    assert 'pip install "sr-studio[raw]"' in caught.value.advice


def make_dng() -> bytes:
    """A camera raw file: a Bayer mosaic in a TIFF structure."""
    mosaic = make_samples(64, 96, 1, np.uint16)[..., 0] // 4
    tags: list[Any] = [
        (271, "s", 0, "Maker", True),
        (272, "s", 0, "Model", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes((0, 1, 1, 2)), True),
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),
        (50708, "s", 0, "Maker Model", True),
        (50717, "H", 1, 16383, True),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
        (50778, "H", 1, 21, True),
    ]
    return tiff(mosaic, photometric=32803, extratags=tags)


def test_camera_raw_is_developed_to_sixteen_bits() -> None:
    pytest.importorskip("rawpy")
    picture = read(make_dng())
    assert picture.origin.file_format == "raw"
    assert picture.pixels.dtype == np.uint16
    assert (picture.width, picture.height) == (96, 64)
    assert picture.pixels.std() > 1000
    assert any("white balance" in note for note in picture.origin.notes)
    assert parse_exif(picture.origin.exif or b"").main[271].value == b"Maker\0"


@pytest.mark.parametrize("name", ["x.jpg", "x.txt", "x"])
def test_pictures_are_known_by_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pillow(Image.fromarray(RGB), "PNG"))
    assert is_picture(path)
    path.write_text("this is no picture")
    assert not is_picture(path)
    assert not is_picture(tmp_path)
    assert not is_picture(tmp_path / "missing")
