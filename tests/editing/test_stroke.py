"""The brush draws what its outline promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.editing.stroke import BrushTip, Stroke


def _disc(layer: MaskLayer, x: float, y: float) -> np.ndarray:
    rows, columns = np.mgrid[0 : layer.height, 0 : layer.width] + 0.5
    return np.hypot(columns - x, rows - y)


@pytest.mark.parametrize("diameter_px", [1, 5, 40.5])
def test_a_hard_tip_is_a_disc_of_its_size(diameter_px: float) -> None:
    layer = MaskLayer(80, 70)
    Stroke(layer, BrushTip(diameter_px)).begin(40.3, 30.8)
    away = _disc(layer, 40.3, 30.8)
    assert (layer.coverage[away <= diameter_px / 2 - 0.5] == 255).all()
    assert (layer.coverage[away >= diameter_px / 2 + 0.5] == 0).all()
    area = layer.coverage.sum() / 255
    assert area == pytest.approx(np.pi * diameter_px**2 / 4, rel=0.03 if diameter_px > 2 else 0.4)


def test_a_soft_tip_is_full_within_and_fades_to_its_edge() -> None:
    layer = MaskLayer(120, 120)
    Stroke(layer, BrushTip(100, hardness=0.4)).begin(60, 60)
    away = _disc(layer, 60, 60)
    assert (layer.coverage[away <= 20] == 255).all()
    assert (layer.coverage[away >= 51] == 0).all()
    line = layer.coverage[60, 60:112].astype(int)
    assert (np.diff(line) <= 0).all()
    assert 100 < line[35] < 155  # half-way


def test_a_line_has_no_scallops() -> None:
    layer = MaskLayer(200, 60)
    stroke = Stroke(layer, BrushTip(20))
    stroke.begin(20, 30)
    stroke.extend(180, 30)
    band = layer.coverage[:, 20:180]
    assert (band == band[:, :1]).all()
    assert (band[20:40] == 255).all()


def test_passing_twice_does_not_add_up() -> None:
    layer = MaskLayer(100, 100)
    stroke = Stroke(layer, BrushTip(60, hardness=0))
    stroke.begin(50, 50)
    once = layer.snapshot()
    stroke.extend(50, 50)
    np.testing.assert_array_equal(layer.coverage, once)


def test_pressure_sizes_the_tip() -> None:
    layer = MaskLayer(300, 100)
    stroke = Stroke(layer, BrushTip(60))
    stroke.begin(50, 50, 1.0)
    stroke.extend(250, 50, 0.2)
    heights = (layer.coverage[:, 50:251] == 255).sum(axis=0)
    assert heights[0] == pytest.approx(60, abs=2)
    assert heights[-1] == pytest.approx(12, abs=2)
    assert (np.diff(heights.astype(int)) <= 0).all()


def test_eraser_takes_back_exactly_what_the_brush_of_its_size_draws() -> None:
    layer = MaskLayer(64, 64)
    layer.write(layer.whole, np.full((64, 64), 255, np.uint8))
    drawn = MaskLayer(64, 64)
    for each, is_eraser in ((layer, True), (drawn, False)):
        stroke = Stroke(each, BrushTip(20, 0.5, is_eraser))
        stroke.begin(10, 20)
        stroke.extend(50, 44)
        stroke.finish()
    np.testing.assert_array_equal(layer.coverage, 255 - drawn.coverage)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    diameter_px=st.floats(0.5, 150),
    hardness=st.floats(0, 1),
    is_eraser=st.booleans(),
)
def test_regions_cover_all_that_changes(
    seed: int, diameter_px: float, hardness: float, *, is_eraser: bool
) -> None:
    random = np.random.default_rng(seed)
    layer = MaskLayer(150, 110)
    layer.write(layer.whole, random.integers(0, 256, (110, 150), dtype=np.uint8))
    start = layer.snapshot()
    stroke = Stroke(layer, BrushTip(diameter_px, hardness, is_eraser))
    for number in range(4):
        before = layer.snapshot()
        x, y, pressure = *random.uniform(-60, 200, 2), random.uniform(0, 1)
        region = (stroke.begin if number == 0 else stroke.extend)(x, y, pressure)
        outside = np.ones((110, 150), np.bool_)
        if not region.is_empty:
            outside[region.slices] = False
        np.testing.assert_array_equal(layer.coverage[outside], before[outside])
    if seed % 2:
        stroke.abandon()
        np.testing.assert_array_equal(layer.coverage, start)
        assert stroke.finish() is None
    else:
        patch = stroke.finish()
        if patch is not None:
            layer.swap(patch)
        np.testing.assert_array_equal(layer.coverage, start)


def test_beside_the_picture_nothing_happens() -> None:
    layer = MaskLayer(50, 40)
    stroke = Stroke(layer, BrushTip(10))
    assert stroke.begin(-500, 20).is_empty
    assert stroke.extend(-400, 3000).is_empty
    assert stroke.finish() is None
