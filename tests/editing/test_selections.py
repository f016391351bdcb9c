"""Shapes and areas of like colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.editing.mask_operations import feather, grow, invert, shrink
from sr_studio.editing.selections import (
    Selection,
    colour_range,
    combine,
    ellipse,
    flood,
    polygon,
    rectangle,
)
from sr_studio.imaging.region import Region


def whole(selection: Selection, width: int, height: int) -> np.ndarray:
    region, values = selection
    full = np.zeros((height, width), np.uint8)
    if not region.is_empty:
        full[region.slices] = values
    return full


def test_rectangle_is_of_whole_pixels() -> None:
    found = whole(rectangle(3.4, 2.6, 10.2, 7.9, 20, 10), 20, 10)
    expected = np.zeros((10, 20), np.uint8)
    expected[3:8, 3:10] = 255
    np.testing.assert_array_equal(found, expected)


def test_polygon_on_whole_corners_is_the_rectangle() -> None:
    found = whole(polygon([(4, 3), (14, 3), (14, 9), (4, 9)], 20, 12), 20, 12)
    assert (found[4:8, 5:13] == 255).all()
    assert found.sum() / 255 == pytest.approx(60, rel=0.08)
    outside = found.copy()
    outside[2:10, 3:15] = 0
    assert not outside.any()


def test_ellipse_has_its_area_and_stays_within() -> None:
    found = whole(ellipse(10, 20, 110, 80, 130, 100), 130, 100)
    assert found.sum() / 255 == pytest.approx(np.pi * 50 * 30, rel=0.02)
    assert not found[:, :9].any()
    assert not found[82:].any()
    assert found[50, 60] == 255


def test_shapes_beyond_the_picture_are_cut() -> None:
    assert whole(rectangle(-50, -50, 500, 500, 20, 10), 20, 10).min() == 255
    assert not whole(rectangle(30, 30, 50, 50, 20, 10), 20, 10).any()
    assert whole(polygon([(-1e12, -9), (1e12, -9), (5, 1e12)], 20, 10), 20, 10)[5, 5] == 255
    assert not whole(polygon([(90, 90), (95, 90), (95, 99)], 20, 10), 20, 10).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_flood_stays_in_the_area_and_colours_are_taken_everywhere(
    dtype: Any, channels: int
) -> None:
    levels = np.full((30, 40, channels), 100)
    levels[5:15, 5:15] = 180
    levels[6:8, 6:8] = 190
    levels[20:25, 30:35] = 180
    scale = {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]
    pixels = (levels * scale).astype(dtype)
    pixels.flags.writeable = False  # as those of every picture
    near = whole(flood(pixels, 10, 10, 12), 40, 30)
    expected = np.zeros((30, 40), np.uint8)
    expected[5:15, 5:15] = 255
    np.testing.assert_array_equal(near, expected)
    assert whole(flood(pixels, 10, 10, 5), 40, 30).sum() / 255 == 96
    expected[20:25, 30:35] = 255
    found = whole(colour_range(pixels, [pixels[10, 10]], 12), 40, 30)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("how", ["replace", "add", "subtract", "intersect"])
def test_combinations_are_those_of_sets(how: Any) -> None:
    random = np.random.default_rng(0)
    before = (random.random((20, 30)) < 0.5).astype(np.uint8) * 255
    chosen = (random.random((8, 9)) < 0.5).astype(np.uint8) * 255
    layer = MaskLayer.from_coverage(before)
    combine(layer, Region(4, 5, 9, 8), chosen, how)
    picked = np.zeros((20, 30), np.uint8)
    picked[5:13, 4:13] = chosen
    expected = {
        "replace": picked,
        "add": before | picked,
        "subtract": before & ~picked,
        "intersect": before & picked,
    }[how]
    np.testing.assert_array_equal(layer.coverage, expected)


def _spot() -> np.ndarray:
    coverage = np.zeros((60, 80), np.uint8)
    coverage[20:40, 30:50] = 255
    return coverage


def test_grow_moves_the_edge_and_shrink_moves_it_back() -> None:
    coverage = _spot()
    grown = grow(coverage, 5)
    assert (grown[20:40, 25:55] == 255).all()
    assert not grown[:, :24].any()
    assert grown[15, 25] == 0  # corners are round
    assert (grown >= coverage).all()
    np.testing.assert_array_equal(grow(coverage, 0) > 127, coverage > 127)
    back = shrink(grown, 5)
    assert (back[21:39, 31:49] == 255).all()
    assert not back[:, :28].any()


def test_shrink_keeps_what_lies_at_the_border() -> None:
    coverage = np.full((20, 20), 255, np.uint8)
    np.testing.assert_array_equal(shrink(coverage, 4), coverage)


def test_feather_fades_on_both_sides_and_keeps_the_area() -> None:
    soft = feather(_spot(), 6)
    line = soft[30, 20:40].astype(int)
    assert (np.diff(line) >= 0).all()
    assert line[9] + line[10] == pytest.approx(255, abs=4)
    assert soft.sum() / 255 == pytest.approx(400, rel=0.02)
    np.testing.assert_array_equal(feather(_spot(), 0), _spot())


def test_invert_twice_is_nothing() -> None:
    coverage = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(invert(invert(coverage)), coverage)
    for change in (grow, shrink, feather):
        assert not change(np.zeros((9, 7), np.uint8), 3).any()
