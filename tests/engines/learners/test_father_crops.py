"""What ZSSR learns from: every piece is a piece of the picture, turned or transformed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.engines.learners import _father_crops
from sr_studio.engines.learners._father_crops import FatherSource, draw_father
from sr_studio.imaging.image_buffer import ImageBuffer
from tests.helpers.pictures import make_picture


def draw(sources: list[FatherSource], count: int, multiple: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [draw_father(sources, 16, multiple, generator) for _ in range(count)]


@pytest.mark.parametrize(("height", "width"), [(40, 30), (12, 90), (9, 9)])
@pytest.mark.parametrize("multiple", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_pieces_have_fitting_sides(height: int, width: int, multiple: int, channels: int) -> None:
    source = FatherSource(make_picture(height, width, channels), 1.0)
    for father in draw([source], 40, multiple):
        assert father.shape[:2] == (1, 3)
        assert all(0 < side <= 16 and side % multiple == 0 for side in father.shape[2:])
        assert father.isfinite().all()


def test_untransformed_pieces_are_pixels_of_the_picture_in_all_eight_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_father_crops, "_AS_IS_CHANCE", 0.0)
    monkeypatch.setattr(_father_crops, "_TURNED_CHANCE", 1.0)
    picture = make_picture(16, 16)
    whole = torch.from_numpy(picture.pixels.transpose(2, 0, 1)[None] / np.float32(255))
    ways = [whole.rot90(turn, (2, 3)) for turn in range(4)]
    ways += [way.flip(3) for way in ways]
    seen = set()
    for father in draw([FatherSource(picture, 1.0)], 80):
        matches = [index for index, way in enumerate(ways) if torch.allclose(way, father)]
        assert len(matches) == 1
        seen.add(matches[0])
    assert seen == set(range(8))


def test_a_transformed_ramp_is_a_ramp_of_the_drawn_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slope tells what was done; OpenCV's cubic (a = -0.75) bends straight lines a little."""
    monkeypatch.setattr(_father_crops, "_AS_IS_CHANCE", 0.0)
    monkeypatch.setattr(_father_crops, "_TURNED_CHANCE", 0.0)
    monkeypatch.setattr(_father_crops, "_STRETCH_SIGMA", 0.0)
    monkeypatch.setattr(_father_crops, "_SHEAR_SIGMA", 0.0)
    side = 200
    ramp = np.linspace(0, 1, side, dtype=np.float32)[None, :, None].repeat(side, 0)
    step = 1 / (side - 1)
    slopes = []
    for father in draw([FatherSource(ImageBuffer(ramp), 1.0)], 150):
        inner = father[0, 0]
        right, down = inner.diff(dim=1), inner.diff(dim=0)
        assert float(right.max() - right.min()) < 0.2 * step
        assert float(down.max() - down.min()) < 0.2 * step
        slopes.append(float(torch.hypot(right.mean(), down.mean())) / step)
    # a picture made half as large has ramps twice as steep
    assert 0.97 < min(slopes) < 1.2
    assert 1.8 < max(slopes) < 2.03


def test_larger_results_are_drawn_from_once_they_are_there() -> None:
    small = FatherSource(ImageBuffer(np.zeros((40, 40, 3), np.float32)), 1.0)
    large = FatherSource(ImageBuffer(np.ones((60, 60, 3), np.float32)), 1.5)
    means = {round(float(father.mean())) for father in draw([small, large], 60)}
    assert means == {0, 1}
    assert {round(float(father.mean())) for father in draw([small], 60)} == {0}
