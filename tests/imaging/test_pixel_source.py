from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_studio.imaging.colour_map import ColourMap, colour_picture
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import (
    BufferSource,
    ColouredSource,
    DifferenceSource,
    EnlargedSource,
    MapSource,
    PatchedSource,
    PixelSource,
    level_region,
)
from sr_studio.imaging.pyramid import Pyramid
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize

STEPS = (1, 2, 4, 8, 16)
WHOLE = Region(0, 0, 53, 37)


def never() -> bool:
    return False


def picture(
    width: int = 53, height: int = 37, *, seed: int = 0, channels: int = 3, alpha: bool = False
) -> ImageBuffer:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return ImageBuffer(pixels, pixels[..., 0].copy() if alpha else None)


def smooth_picture(width: int, height: int) -> ImageBuffer:
    """A ramp: wherever a pixel lies, its value says so."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    planes = [x / width, y / height, (x / width + y / height) / 2]
    return ImageBuffer((np.stack(planes, axis=2) * 255).astype(np.float32) / np.float32(255))


def colours() -> ColourMap:
    maps = np.random.default_rng(1).normal(0, 1, (2, 4, 5, 2)).astype(np.float32)
    return ColourMap(0.2 * maps[0], 15 * maps[1])


def every_source() -> dict[str, PixelSource]:
    base = BufferSource(picture())
    return {
        "buffer": base,
        "buffer with alpha": BufferSource(picture(alpha=True)),
        "gray": BufferSource(picture(channels=1)),
        "enlarged": EnlargedSource(picture(14, 10, alpha=True), (53, 37)),
        "nearest": EnlargedSource(picture(14, 10), (53, 37), "nearest"),
        "difference": DifferenceSource(base, EnlargedSource(picture(14, 10), (53, 37))),
        "patched": PatchedSource(
            base,
            [(Region(5, 7, 20, 11), picture(20, 11)), (Region(30, 20, 23, 17), picture(23, 17))],
        ),
        "coloured": ColouredSource(picture(channels=1), colours()),
        "coloured with alpha": ColouredSource(picture(alpha=True), colours()),
        "map": MapSource(picture(9, 5).pixels[..., 0], 53, 37),
    }


@pytest.mark.parametrize("name", every_source())
@given(step=st.sampled_from(STEPS), column=st.integers(0, 3), row=st.integers(0, 3))
@settings(deadline=None, max_examples=20)
def test_tiles_are_the_whole_cut_up(name, step, column, row):
    source = every_source()[name]
    source.prepare(step, never)
    assert source.is_prepared(step)
    whole = source.read(Region(0, 0, source.width, source.height), step)
    assert whole.shape[:2] == (-(-source.height // step), -(-source.width // step))
    assert whole.dtype == np.uint8
    tile_px = 5 * step
    tile = Region(column * tile_px, row * tile_px, tile_px, tile_px)
    tile = tile.intersect(Region(0, 0, source.width, source.height))
    if not tile.is_empty:
        part = level_region(tile, step)
        np.testing.assert_array_equal(source.read(tile, step), whole[part.slices])


@pytest.mark.parametrize("name", every_source())
def test_every_pixel_can_be_described(name):
    source = every_source()[name]
    for x, y in ((0, 0), (52, 36), (10, 9)):
        assert source.describe(x, y)


@pytest.mark.parametrize("step", STEPS)
def test_a_rough_answer_comes_before_the_pyramid_is_built(step):
    source = BufferSource(picture(200, 100))
    assert source.is_prepared(step) == (step == 1)
    rough = source.read(Region(0, 0, 200, 100), step)
    assert rough.shape[:2] == (-(-100 // step), -(-200 // step))


def test_values_are_told_in_the_original_depth():
    deep = ImageBuffer(np.full((2, 2, 3), 40_000, np.uint16))
    light = ImageBuffer(
        np.full((2, 2, 1), 0.25, np.float32), alpha=np.full((2, 2), 0.5, np.float32)
    )
    assert BufferSource(deep).describe(1, 1) == "40000 40000 40000"
    assert BufferSource(light).describe(0, 1) == "0.2500 0.5000"
    assert EnlargedSource(deep, (5, 5)).describe(4, 4) == "40000 40000 40000"


def test_an_enlarged_picture_equals_imresize_at_full_size():
    small = picture(14, 10)
    shown = EnlargedSource(small, (53, 37)).read(Region(0, 0, 53, 37), 1)
    np.testing.assert_array_equal(shown, imresize(small.pixels, size=(53, 37)))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("size", [(400, 300), (403, 301), (250, 330)])
def test_an_enlarged_picture_lies_on_the_full_one_at_every_step(step, size):
    full = BufferSource(smooth_picture(*size))
    enlarged = EnlargedSource(smooth_picture(100, 75), size)
    whole = Region(0, 0, *size)
    for source in (full, enlarged):
        source.prepare(step, never)
    a, b = (source.read(whole, step).astype(int) for source in (full, enlarged))
    inner = slice(8, -8) if min(a.shape[:2]) > 20 else slice(1, -1)
    assert abs(a - b)[inner, inner].max() <= 2


def test_a_difference_is_amplified_and_black_where_equal():
    a = ImageBuffer(np.full((4, 4, 3), 100, np.uint8))
    b = ImageBuffer(np.full((4, 4, 3), 90, np.uint8))
    whole = Region(0, 0, 4, 4)
    absolute = DifferenceSource(BufferSource(b), BufferSource(a), gain=4)
    assert (absolute.read(whole, 1) == 40).all()
    signed = DifferenceSource(BufferSource(b), BufferSource(a), gain=4, is_signed=True)
    assert (signed.read(whole, 1) == 128 - 40).all()
    assert not DifferenceSource(BufferSource(a), BufferSource(a)).read(whole, 2).any()
    assert absolute.describe(0, 0) == "-10 -10 -10"


def test_a_difference_of_unequal_sizes_shows_the_common_part():
    difference = DifferenceSource(BufferSource(picture(9, 12)), BufferSource(picture(11, 10)))
    assert (difference.width, difference.height) == (9, 10)
    assert difference.read(Region(0, 0, 9, 10), 4).shape == (3, 3, 3)


def test_transparent_pixels_do_not_differ_by_what_they_hide():
    clear = np.zeros((2, 2), np.uint8)
    a = ImageBuffer(np.full((2, 2, 3), 200, np.uint8), clear)
    b = ImageBuffer(np.full((2, 2, 3), 10, np.uint8), clear)
    assert not DifferenceSource(BufferSource(a), BufferSource(b)).read(Region(0, 0, 2, 2), 1).any()


def test_patches_cover_the_base_the_newest_on_top():
    base = BufferSource(ImageBuffer(np.zeros((40, 40, 3), np.uint8)))

    def patch(value: int) -> ImageBuffer:
        return ImageBuffer(np.full((10, 10, 3), value, np.uint8))

    source = PatchedSource(
        base, [(Region(0, 0, 10, 10), patch(50)), (Region(5, 5, 10, 10), patch(90))]
    )
    shown = source.read(Region(0, 0, 40, 40), 1)
    assert shown[2, 2, 0] == 50
    assert shown[7, 7, 0] == 90
    assert shown[20, 20, 0] == 0
    assert source.describe(7, 7) == "90 90 90"
    assert source.describe(1, 1) == "50 50 50"
    assert source.describe(30, 30) == "0 0 0"


@pytest.mark.parametrize("step", STEPS)
def test_a_whole_patch_equals_its_picture_at_every_step(step):
    base, top = picture(seed=1), picture(seed=2)
    patched = PatchedSource(BufferSource(base), [(Region(0, 0, 53, 37), top)])
    pyramid = Pyramid(top)
    pyramid.build(4, never)
    shown = patched.read(Region(0, 0, 53, 37), step)
    np.testing.assert_array_equal(shown, pyramid.level(step.bit_length() - 1).pixels)


def test_a_patch_may_reach_beyond_the_picture():
    base = BufferSource(ImageBuffer(np.zeros((8, 8, 3), np.uint8)))
    white = ImageBuffer(np.full((6, 6, 3), 255, np.uint8))
    source = PatchedSource(base, [(Region(-2, 5, 6, 6), white), (Region(20, 20, 6, 6), white)])
    shown = source.read(Region(0, 0, 8, 8), 1)[..., 0]
    assert (shown[5:, :4] == 255).all()
    assert shown.sum() == 255 * 12
    assert source.describe(0, 7) == "255 255 255"


def test_a_patch_with_alpha_gives_the_whole_alpha():
    base = BufferSource(picture())
    clear = ImageBuffer(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8))
    shown = PatchedSource(base, [(Region(1, 1, 4, 4), clear)]).read(Region(0, 0, 53, 37), 1)
    assert shown.shape[2] == 4
    assert shown[0, 0, 3] == 255
    assert shown[2, 2, 3] == 0


def test_a_patch_of_another_size_is_refused():
    with pytest.raises(ValueError, match="4 x 4"):
        PatchedSource(BufferSource(picture()), [(Region(0, 0, 5, 4), picture(4, 4))])


def test_heat_grows_lighter_with_the_value():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    heat = MapSource(ramp, 256, 4)
    colours = heat.read(Region(0, 0, 256, 4), 1)[0].astype(int)
    assert (np.diff(colours @ [2126, 7152, 722]) >= -3000).all()
    assert heat.describe(255, 0) == "100%"
    assert heat.describe(0, 0) == "0%"


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_are_seen_as_they_will_be_put(channels: int) -> None:
    image = picture(channels=channels)
    seen = ColouredSource(image, colours()).read(WHOLE, 1).astype(int)
    put = colour_picture(image, colours(), lambda _share: None).pixels
    assert np.abs(seen - put).max() <= 1
    assert np.ptp(seen, axis=2).mean() > 10


def test_other_colours_need_no_other_pyramid() -> None:
    gray = ColouredSource(picture(channels=1), ColourMap.empty())
    assert not gray.is_prepared(4)
    gray.prepare(4, never)
    coloured = ColouredSource(picture(channels=1), colours(), gray.pyramid)
    assert coloured.is_prepared(4)
    assert (coloured.read(WHOLE, 4) != gray.read(WHOLE, 4)).any()
    assert np.ptp(gray.read(WHOLE, 4).astype(int), axis=2).max() <= 1
