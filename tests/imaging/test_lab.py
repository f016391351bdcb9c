from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2lab

from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.lab import (
    gray_of,
    is_showable,
    lab_to_rgb,
    lightness_of,
    put_colour,
    rgb_to_lab,
    round_keeping_lightness,
)

RANDOM = np.random.default_rng(0)
RGB = RANDOM.random((40, 50, 3)).astype(np.float32)


def test_the_way_back_returns_the_picture() -> None:
    assert np.abs(lab_to_rgb(rgb_to_lab(RGB)) - RGB).max() < 1e-3


def test_a_gray_has_the_lightness_of_its_colour() -> None:
    wanted = rgb2lab(RGB.astype(np.float64))[..., 0]
    assert np.abs(lightness_of(gray_of(RGB)) - wanted).max() < 1e-3


def test_a_colour_put_on_its_own_gray_is_the_picture() -> None:
    back = put_colour(gray_of(RGB), rgb_to_lab(RGB)[..., 1:])
    assert np.abs(back - RGB).max() < 1e-3


def test_colours_that_cannot_be_shown_get_paler_and_keep_lightness_and_hue() -> None:
    gray = np.linspace(0, 1, 200, dtype=np.float32).reshape(1, -1)
    ab = np.broadcast_to(np.float32([90, -70]), (1, 200, 2))
    rgb = put_colour(gray, ab)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    assert np.abs(gray_of(rgb) - gray).max() < 2e-4
    found = rgb_to_lab(rgb)[..., 1:]
    chroma = np.hypot(found[..., 0], found[..., 1])
    assert chroma.max() > 60
    strong = chroma > 5
    angle = np.arctan2(found[..., 1], found[..., 0])[strong]
    assert np.abs(angle - np.arctan2(-70, 90)).max() < 0.03


@pytest.mark.parametrize(("dtype", "most_levels"), [(np.uint8, 1), (np.uint16, 3)])
def test_the_lightness_stays_to_the_last_bit(dtype: type, most_levels: int) -> None:
    white = np.iinfo(dtype).max
    codes = RANDOM.integers(0, white + 1, (60, 80)).astype(dtype)
    gray = to_float(codes)
    ab = RANDOM.normal(0, 30, (60, 80, 2)).astype(np.float32)
    rgb = round_keeping_lightness(put_colour(gray, ab), gray, np.dtype(dtype))
    assert rgb.dtype == dtype
    found = np.rint(gray_of(rgb.astype(np.float64) / white) * white)
    assert np.mean(found != codes) < 1e-3
    assert np.abs(found - codes).max() <= 1
    without = np.rint(put_colour(gray, ab).astype(np.float64) * white)
    assert np.abs(rgb - without).max() <= most_levels


def test_what_srgb_holds_is_known() -> None:
    lab = rgb_to_lab(RGB)
    assert is_showable(lab).all()
    assert not is_showable(np.float32([50, 120, 0]))
    assert not is_showable(np.float32([3, 60, 0]))
