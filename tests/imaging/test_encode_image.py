"""What a format cannot hold is said, and what cannot be written is refused in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image, losses_of_format
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin
from tests.helpers.pictures import make_picture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("suffix", "file_format"),
    [(".JPG", "jpeg"), (".jpeg", "jpeg"), (".png", "png"), (".TIFF", "tiff"), (".webp", "webp")],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, suffix: str, file_format: str) -> None:
    encode_image(make_picture(), tmp_path / f"x{suffix}")
    assert decode_image(tmp_path / f"x{suffix}").origin.file_format == file_format


def test_the_format_can_be_chosen_against_the_suffix(tmp_path: Path) -> None:
    encode_image(make_picture(), tmp_path / "x.dat", SaveOptions(file_format="png"))
    assert decode_image(tmp_path / "x.dat").origin.file_format == "png"


@pytest.mark.parametrize("name", ["x.xyz", "x", "x.gif"])
def test_unknown_suffixes_are_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotWrite) as caught:
        encode_image(make_picture(), tmp_path / name)
    assert ".png" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("quality", [0, 101])
def test_quality_has_bounds(tmp_path: Path, quality: int) -> None:
    with pytest.raises(InvalidRequest):
        encode_image(make_picture(), tmp_path / "x.jpg", SaveOptions(quality=quality))


def test_an_existing_file_is_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_text("old")
    with pytest.raises(OutputExists):
        encode_image(make_picture(), tmp_path / "x.jpg")
    assert (tmp_path / "x.jpg").read_text() == "old"


@pytest.mark.parametrize(
    ("suffix", "side", "words"),
    [(".jpg", 65501, "JPEG"), (".webp", 16384, "WebP"), (".avif", 32769, "AVIF")],
)
def test_sides_that_a_format_cannot_hold_are_refused_with_advice(
    tmp_path: Path, suffix: str, side: int, words: str
) -> None:
    for shape in ((1, side, 3), (side, 1, 3)):
        picture = ImageBuffer(np.zeros(shape, np.uint8))
        with pytest.raises(CannotWrite, match=words) as caught:
            encode_image(picture, tmp_path / f"x{suffix}")
        assert "TIFF" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "side"), [(".jpg", 65500), (".webp", 16383)])
def test_the_longest_side_is_written(tmp_path: Path, suffix: str, side: int) -> None:
    encode_image(ImageBuffer(np.zeros((1, side, 3), np.uint8)), tmp_path / f"x{suffix}")
    assert decode_image(tmp_path / f"x{suffix}").width == side
    with Image.open(tmp_path / f"x{suffix}") as image:
        assert image.size == (side, 1)


def test_jpeg_lays_transparency_over_white_and_says_so(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 3), np.uint16)
    alpha = np.full((16, 16), 32768, np.uint16)
    warnings = encode_image(ImageBuffer(pixels, alpha), tmp_path / "x.jpg")
    assert any("16 bits" in warning for warning in warnings)
    assert any("white" in warning for warning in warnings)
    assert abs(int(decode_image(tmp_path / "x.jpg").pixels.mean()) - 127) <= 1


def test_losses_are_known_before_saving() -> None:
    iptc = b"\x1c\x02\x19\x00\x01a"
    deep = make_picture(channels=3, dtype=np.float32, has_alpha=True, origin=ImageOrigin(iptc=iptc))
    assert losses_of_format(deep, "tiff") == ()
    assert len(losses_of_format(deep, "png")) == 1
    assert len(losses_of_format(deep, "jpeg")) == 2
    assert len(losses_of_format(deep, "webp")) == 2
    assert losses_of_format(make_picture(), "jpeg") == ()
    with pytest.raises(ValueError, match="gif"):
        losses_of_format(deep, "gif")


@pytest.mark.parametrize(("quality", "factors"), [(95, (1, 1)), (92, (1, 1)), (91, (2, 2))])
def test_jpeg_keeps_full_chroma_from_quality_92(
    tmp_path: Path, quality: int, factors: tuple[int, int]
) -> None:
    encode_image(make_picture(), tmp_path / "x.jpg", SaveOptions(quality=quality))
    with Image.open(tmp_path / "x.jpg") as image:
        assert image.layer[0][1:3] == factors  # type: ignore[attr-defined]  # JPEG only


def test_higher_quality_is_closer(tmp_path: Path) -> None:
    picture = make_picture(64, 64)
    for suffix in (".jpg", ".webp", ".avif"):
        errors = []
        for quality in (20, 90):
            options = SaveOptions(quality=quality, overwrite=True)
            encode_image(picture, tmp_path / f"x{suffix}", options)
            back = decode_image(tmp_path / f"x{suffix}").pixels
            errors.append(np.abs(back.astype(int) - picture.pixels).mean())
        assert errors[1] < errors[0]


def test_gray_profile_in_webp_becomes_srgb_with_a_warning(tmp_path: Path) -> None:
    profile = imagecodecs.cms_profile("gray", gamma=1.0)
    pixels = np.full((8, 8, 1), 55, np.uint8)
    picture = ImageBuffer(pixels, None, ImageOrigin(icc_profile=profile))
    warnings = encode_image(picture, tmp_path / "x.webp", SaveOptions(quality=100))
    assert any("gray profile" in warning for warning in warnings)
    back = decode_image(tmp_path / "x.webp")
    assert back.origin.icc_profile is None
    assert abs(int(back.pixels[0, 0, 0]) - 127) <= 2


@pytest.mark.parametrize("failure", [MemoryError(), RuntimeError("codec")])
def test_an_encoder_that_fails_leaves_nothing(
    tmp_path: Path, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise failure

    monkeypatch.setattr(imagecodecs, "png_encode", fail)
    with pytest.raises(CannotWrite) as caught:
        encode_image(make_picture(), tmp_path / "x.png")
    assert caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [(900, 1), (900, 3), (1, 900)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_narrow_noise_is_written_as_png(tmp_path: Path, size: tuple[int, int], dtype: type) -> None:
    """The byte before each row counts there; the encoder had reckoned without it."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, np.iinfo(dtype).max + 1, (*size, 1)).astype(dtype)
    encode_image(ImageBuffer(pixels), tmp_path / "narrow.png", SaveOptions())
    assert np.array_equal(decode_image(tmp_path / "narrow.png").pixels, pixels)
