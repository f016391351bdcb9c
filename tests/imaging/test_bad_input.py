"""Whatever is dropped onto the window gives a picture or a clear sentence, nothing else."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from sr_studio.errors import UnreadableImage
from sr_studio.imaging.decode_image import decode_bytes, decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.formats import _source
from tests.helpers.pictures import make_picture, make_samples
from tests.imaging.test_metadata import make_photo
from tests.imaging.test_read_formats import DATA, make_dng

RGB = make_samples(120, 160, 3)


def refusal(data: bytes | Path, **options: Any) -> str:
    def read() -> None:
        if isinstance(data, Path):
            decode_image(data, **options)
        else:
            decode_bytes(data, name="photo.jpg", **options)

    with pytest.raises(UnreadableImage) as caught:
        read()
    assert caught.value.advice.endswith((".", '"')), caught.value.advice
    assert caught.value.message.endswith(".")
    return caught.value.message


def files_of_every_kind(folder: Path) -> dict[str, bytes]:
    photo = make_photo()
    files = {}
    for suffix in (".jpg", ".png", ".tif", ".webp", ".avif"):
        encode_image(photo, folder / f"x{suffix}", SaveOptions(overwrite=True))
        files[suffix] = (folder / f"x{suffix}").read_bytes()
    image = Image.fromarray(RGB)
    for name, options in {
        "progressive": {"format": "JPEG", "progressive": True},
        "bmp": {"format": "BMP"},
        "gif": {"format": "GIF"},
        "webp lossless": {"format": "WEBP", "lossless": True},
    }.items():
        stream = io.BytesIO()
        image.save(stream, **options)
        files[name] = stream.getvalue()
    for name, options in {
        "tiff plain": {},
        "tiff lzw": {"compression": "lzw", "predictor": True},
        "tiff tiles": {"compression": "zstd", "tile": (32, 32)},
        "tiff jpeg": {"compression": "jpeg"},
        "tiff big": {"bigtiff": True},
    }.items():
        stream = io.BytesIO()
        tifffile.imwrite(stream, RGB, photometric="rgb", **options)
        files[name] = stream.getvalue()
    files["png 16"] = imagecodecs.png_encode(make_samples(30, 40, 4, np.uint16))
    files["jpeg cmyk"] = imagecodecs.jpeg8_encode(
        make_samples(30, 40, 4), colorspace="CMYK", outcolorspace="YCCK"
    )
    files["dng"] = make_dng()
    files["heic"] = (DATA / "upright_by_rotation.heic").read_bytes()
    return files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"hello, this is a letter\n", "holds text"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42", "a video"),
        (bytes(range(100)), "no kind of picture"),
        (b"\xff\xd8\xff", "incomplete"),
        (b"\x89PNG\r\n\x1a\n", "incomplete"),
        (b"RIFF\x10\0\0\0WEBP", "incomplete"),
        (b"II*\0", "damaged"),
        (b"GIF89a", "damaged"),
    ],
)
def test_strangers_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    message = refusal(path)
    assert words in message
    assert message.startswith("photo.jpg ")


def test_what_is_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a folder" in refusal(tmp_path)
    assert "is not there" in refusal(tmp_path / "gone.jpg")
    refusal(tmp_path / ("n" * 300))
    refusal(tmp_path / "a\0b.jpg")
    os.mkfifo(tmp_path / "pipe")
    assert "a device" in refusal(tmp_path / "pipe")
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff")
    for number, words in ((errno.EACCES, "may not be read"), (errno.EIO, "does not answer")):

        def refuse(*_: Any, number: int = number, **__: Any) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "open", refuse)
        assert words in refusal(tmp_path / "secret.jpg")
        monkeypatch.undo()


def test_truncated_pictures_are_refused_not_half_gray(tmp_path: Path) -> None:
    for name, data in files_of_every_kind(tmp_path).items():
        for part in (0.3, 0.6, 0.9, 0.97):
            message = refusal(data[: int(len(data) * part)])
            assert "incomplete" in message or "damaged" in message, name


def test_a_jpeg_whose_end_is_zeros_is_refused() -> None:
    data = imagecodecs.jpeg8_encode(RGB, level=90)
    half = len(data) // 2
    assert "incomplete" in refusal(data[:half] + bytes(len(data) - half))


def test_a_jpeg_that_lacks_only_its_end_marker_is_read() -> None:
    data = imagecodecs.jpeg8_encode(RGB, level=90)
    assert data.endswith(b"\xff\xd9")
    picture = decode_bytes(data[:-2], name="x")
    np.testing.assert_array_equal(picture.pixels, imagecodecs.jpeg8_decode(data))


def test_a_thumbnail_does_not_end_a_jpeg_early_nor_complete_it() -> None:
    inner = imagecodecs.jpeg8_encode(RGB[:8, :8])
    data = imagecodecs.jpeg8_encode(RGB, level=90)
    payload = b"Exif\0\0" + inner
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    whole = data[:2] + segment + data[2:]
    assert decode_bytes(whole, name="x").width == 160
    assert "incomplete" in refusal(whole[: len(whole) // 2])


def test_the_advice_on_enormous_pictures_can_be_followed() -> None:
    header = struct.pack(">2I5B", 200_000, 200_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") * 2
    with pytest.raises(UnreadableImage) as caught:
        decode_bytes(png, name="photo.png")
    assert "raise" not in caught.value.advice  # there is no setting of the limit


def test_enormous_pictures_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    header = struct.pack(">2I5B", 200_000, 200_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") * 2
    assert "megapixels" in refusal(png)
    jpeg = bytearray(imagecodecs.jpeg8_encode(RGB))
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">2H", 65000, 65000)
    assert "megapixels" in refusal(bytes(jpeg))
    for suffix in (".tif", ".webp", ".avif"):
        encode_image(make_picture(200, 200), tmp_path / f"x{suffix}")
        assert "megapixels" in refusal(tmp_path / f"x{suffix}", max_megapixels=0.03)
    for file_format in ("GIF", "BMP"):
        stream = io.BytesIO()
        Image.fromarray(RGB).save(stream, file_format)
        assert "megapixels" in refusal(stream.getvalue(), max_megapixels=0.01)
    assert "megapixels" in refusal((DATA / "ten_bits.heic").read_bytes(), max_megapixels=0.001)
    assert "megapixels" in refusal(make_dng(), max_megapixels=0.001)


def test_pictures_beyond_the_free_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 1000

    monkeypatch.setattr(_source.psutil, "virtual_memory", lambda: Memory)
    assert "GiB of memory" in refusal(imagecodecs.png_encode(RGB))


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def test_png_with_text_and_profile_that_claim_gigabytes_is_read_without_them() -> None:
    bomb = zlib.compress(bytes(64 << 20))
    png = imagecodecs.png_encode(RGB)
    extras = (
        _chunk(b"iCCP", b"x\0\0" + bomb)
        + _chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb)
        + _chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)
        + _chunk(b"tEXt", b"Comment\0" + b"x" * (12 << 20))
    )
    picture = decode_bytes(png[:33] + extras + png[33:], name="x")
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert (picture.origin.exif, picture.origin.xmp) == (None, None)
    assert any("profile" in note for note in picture.origin.notes)


def test_a_size_that_no_photograph_stored_so_small_can_have_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(3 << 20))
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows)
    sentence = refusal(png + _chunk(b"IEND", b""))
    assert "30000 x 30000" in sentence
    assert "cannot be a photograph" in sentence


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_that_are_no_numbers_are_counted(bad: float, dtype: Any) -> None:
    samples = make_samples(10, 10, 3, dtype)
    samples[3, 4, :2] = bad
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, photometric="rgb")
    assert "2 values that are no numbers" in refusal(stream.getvalue())


@pytest.mark.parametrize("dtype", [np.int16, np.int8, np.complex64])
def test_tiffs_of_other_kinds_are_refused_with_the_kind(dtype: Any) -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, make_samples(10, 10, 1)[..., 0].astype(dtype))
    refusal(stream.getvalue())


def test_flipped_and_cut_bytes_give_a_picture_or_a_sentence(tmp_path: Path) -> None:
    """A bounded, seeded fuzz; every warning is an error here."""
    rng = np.random.default_rng(20)
    for data in files_of_every_kind(tmp_path).values():
        for _ in range(15):
            damaged = bytearray(data)
            start = min(len(damaged), 400) if rng.integers(2) else len(damaged)
            for _ in range(rng.integers(1, 5)):
                damaged[rng.integers(start)] = rng.integers(256)
            if rng.integers(4) == 0:
                damaged = damaged[: rng.integers(len(damaged))]
            with contextlib.suppress(UnreadableImage):
                decode_bytes(bytes(damaged), name="x")
