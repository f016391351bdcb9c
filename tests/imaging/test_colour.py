"""What is shown agrees with colour mathematics."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from sr_studio.imaging.colour import DisplayTransform, cmyk_to_srgb, is_usable_profile
from sr_studio.imaging.decode_image import decode_bytes
from sr_studio.imaging.image_buffer import from_float

D65 = (0.3127, 0.3290)
D50 = (0.3457, 0.3585)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
# name: primaries, white point, gamma
SPACES: dict[str, tuple[Any, tuple[float, float], float]] = {
    "adobe": (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, 563 / 256),
    "p3": (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65, 2.2),
    "prophoto": (((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), D50, 1.8),
    "linear": (SRGB, D65, 1.0),
}
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def make_profile(name: str) -> bytes:
    primaries, white, gamma = SPACES[name]
    flat = [value for x, y in primaries for value in (x, y, 1.0)]
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=(*white, 1.0), primaries=flat, gamma=gamma
    )
    return profile


def to_xyz_d50(primaries: Any, white: tuple[float, float]) -> Any:
    def xyz(point: tuple[float, float]) -> Any:
        x, y = point
        return np.array([x / y, 1.0, (1 - x - y) / y])

    columns = np.stack([xyz(point) for point in primaries], axis=1)
    matrix = columns * np.linalg.solve(columns, xyz(white))
    cone = BRADFORD @ xyz(D50) / (BRADFORD @ xyz(white))
    return np.linalg.inv(BRADFORD) @ np.diag(cone) @ BRADFORD @ matrix


def expected_srgb(values: Any, name: str) -> Any:
    """Return 0..255, not rounded, of encoded values from 0 to 1."""
    primaries, white, gamma = SPACES[name]
    matrix = np.linalg.inv(to_xyz_d50(SRGB, D65)) @ to_xyz_d50(primaries, white)
    linear = np.clip((values**gamma) @ matrix.T, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_wide_gamuts_are_shown_as_mathematics_says(name: str, dtype: Any) -> None:
    values = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    pixels = from_float(values, dtype)
    white = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    shown = DisplayTransform(make_profile(name), is_gray=False)(pixels)
    error = np.abs(shown - expected_srgb(pixels.astype(np.float64) / white, name))
    assert shown.dtype == np.uint8
    assert error.max() <= 2
    assert error.mean() < 0.35


def test_shadows_of_linear_floats_do_not_break_into_steps() -> None:
    ramp = np.repeat(np.linspace(0, 0.02, 500, dtype=np.float32)[None, :, None], 3, axis=2)
    shown = DisplayTransform(make_profile("linear"), is_gray=False)(ramp)
    assert len(np.unique(shown)) == shown.max() + 1


@pytest.mark.parametrize("is_gray", [False, True])
def test_srgb_passes_unchanged(is_gray: bool) -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    expected = np.repeat(pixels, 3, axis=2)
    pixels = pixels if is_gray else expected
    pillows = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiles = [None] if is_gray else [None, pillows, imagecodecs.cms_profile("srgb")]
    for profile in [*profiles, b"garbage", pillows[:200] + bytes(388)]:
        transform = DisplayTransform(profile, is_gray=is_gray)
        assert transform.is_identity
        np.testing.assert_array_equal(transform(pixels), expected)
        deep = pixels.astype(np.uint16) * 257
        np.testing.assert_array_equal(transform(deep), expected)
        np.testing.assert_array_equal(transform(pixels / np.float32(255)), expected)


def test_sixteen_bits_are_rounded_not_cut() -> None:
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    shown = DisplayTransform(None, is_gray=True)(pixels)[..., 0]
    np.testing.assert_array_equal(shown, np.rint(pixels[..., 0] / 257).astype(np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_gray_profiles_are_applied(dtype: Any) -> None:
    profile = imagecodecs.cms_profile("gray", gamma=1.0)
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16, 1)
    shown = DisplayTransform(profile, is_gray=True)(from_float(values, dtype))
    assert shown.shape == (16, 16, 3)
    expected = 255 * np.where(
        values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055
    )
    assert np.abs(shown - expected).max() <= 2


def test_values_that_are_no_numbers_are_shown_and_break_nothing() -> None:
    pixels = np.array([[[np.nan, np.inf, -np.inf], [2.0, -1.0, 0.5]]], np.float32)
    for profile in (None, make_profile("adobe")):
        shown = DisplayTransform(profile, is_gray=False)(pixels)
        assert shown.dtype == np.uint8


def test_threads_share_one_transform() -> None:
    transform = DisplayTransform(make_profile("prophoto"), is_gray=False)
    rng = np.random.default_rng(0)
    tiles = [rng.integers(0, 256, (128, 128, 3), dtype=np.uint8) for _ in range(8)]
    tiles += [tile.astype(np.uint16) * 257 for tile in tiles]
    expected = [transform(tile) for tile in tiles]
    wrong: list[int] = []

    def work(start: int) -> None:
        for step in range(40):
            at = (start + step) % len(tiles)
            if not np.array_equal(transform(tiles[at]), expected[at]):
                wrong.append(at)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_tile_takes_a_few_milliseconds() -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (512, 512, 3), dtype=np.uint16)
    transform = DisplayTransform(make_profile("adobe"), is_gray=False)
    transform(pixels)
    best = []
    for _ in range(5):
        start = time.perf_counter()
        transform(pixels)
        best.append(time.perf_counter() - start)
    assert min(best) < 0.1  # measured 8 ms; the limit leaves room for a busy machine


def cmyk_jpeg(ink: Any, *, outcolorspace: str, profile: bytes | None = None) -> bytes:
    """Ink is 0..255, 0 for paper; Adobe's programs store it inverted."""
    data = imagecodecs.jpeg8_encode(
        255 - ink, level=100, colorspace="CMYK", outcolorspace=outcolorspace, subsampling="444"
    )
    assert b"Adobe" in data[:30]
    if profile is None:
        return data
    payload = b"ICC_PROFILE\0\1\1" + profile
    return data[:2] + b"\xff\xe2" + (len(payload) + 2).to_bytes(2, "big") + payload + data[2:]


@pytest.mark.parametrize("outcolorspace", ["CMYK", "YCCK"])
def test_cmyk_jpegs_of_adobe_are_not_negative(outcolorspace: str) -> None:
    inks = {"paper": (0, 0, 0, 0), "black": (0, 0, 0, 255), "red": (0, 255, 255, 0)}
    expected = {"paper": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0)}
    for name, ink in inks.items():
        samples = np.full((16, 16, 4), ink, np.uint8)
        picture = decode_bytes(cmyk_jpeg(samples, outcolorspace=outcolorspace), name="x")
        assert np.abs(picture.pixels.astype(int) - expected[name]).max() <= 6
        assert any("CMYK" in note for note in picture.origin.notes)


def test_cmyk_is_converted_by_its_profile() -> None:
    profile = make_cmyk_profile()
    ink = np.zeros((4, 4, 4), np.uint8)
    ink[..., 3] = 128
    shown = cmyk_to_srgb(ink, profile)
    with_formula = cmyk_to_srgb(ink, None)
    assert np.abs(shown.astype(int) - with_formula).max() > 5
    deep = cmyk_to_srgb(ink.astype(np.uint16) * 257, profile)
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - shown).max() < 2
    picture = decode_bytes(cmyk_jpeg(ink, outcolorspace="CMYK", profile=profile), name="x")
    assert picture.origin.icc_profile is None
    assert any("embedded profile" in note for note in picture.origin.notes)
    assert np.abs(picture.pixels.astype(int) - shown).max() <= 4


def make_cmyk_profile() -> bytes:
    """A small printer profile: a table of two points a channel from ink to Lab (lut8Type)."""
    import struct

    grid = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    light = (1 - grid[:, 3]) * (1 - grid[:, :3].mean(axis=1))
    table = np.stack([light * 255, np.full(16, 128), np.full(16, 128)], axis=1)
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0))
    lut += struct.pack(">9i", *(np.eye(3, dtype=int).ravel() * 65536))
    lut += ramp * 4 + table.astype(np.uint8).tobytes() + ramp * 3
    lut += bytes(-len(lut) % 4)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)
    tags, body, table_bytes = b"", b"", 4 + 12 * 3
    for kind, content in (
        (b"A2B0", lut),
        (b"wtpt", white),
        (b"desc", text + bytes(-len(text) % 4)),
    ):
        tags += kind + struct.pack(">2I", 128 + table_bytes + len(body), len(content))
        body += content
    total = 128 + table_bytes + len(body)
    head = struct.pack(">I", total) + bytes(4) + b"\x02\x40\0\0prtrCMYKLab "
    head += bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", 3) + tags + body


def test_profiles_for_other_channels_are_not_usable() -> None:
    gray = imagecodecs.cms_profile("gray", gamma=2.2)
    assert is_usable_profile(gray, "gray")
    assert not is_usable_profile(gray, "rgb")
    assert is_usable_profile(make_profile("p3"), "rgb")
    assert not is_usable_profile(b"", "rgb")
    assert is_usable_profile(make_cmyk_profile(), "cmyk")


def test_pixels_stay_in_their_own_profile() -> None:
    samples = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(samples).save(stream, "PNG", icc_profile=make_profile("prophoto"))
    np.testing.assert_array_equal(decode_bytes(stream.getvalue(), name="x").pixels, samples)
