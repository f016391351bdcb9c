"""The search of SelfExSR: where it looks is where it says, and it never gets worse."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from sr_studio.engines.learners import _transform_field
from sr_studio.engines.learners._transform_field import (
    PATCH_PX,
    Atlas,
    TransformField,
    make_atlas,
)

STEP = 2 ** (1 / 3)
WIDTH, HEIGHT = 40, 32


def never_stops() -> None:
    return None


def ramp(width: int, height: int, ratio_x: float, ratio_y: float) -> torch.Tensor:
    """0.02 x + 0.01 y of the level that is made, as a coarser level has it."""
    x = (torch.arange(width) + 0.5) / ratio_x - 0.5
    y = (torch.arange(height) + 0.5) / ratio_y - 0.5
    return 0.02 * x[None, :] + 0.01 * y[:, None]


def ramp_atlas(levels: int = 3) -> Atlas:
    sizes = [(round(WIDTH / STEP**k), round(HEIGHT / STEP**k)) for k in range(1, levels + 1)]
    planes = [ramp(w, h, w / WIDTH, h / HEIGHT) for w, h in sizes]
    return make_atlas(planes, planes, (WIDTH, HEIGHT))


def field(size: tuple[int, int] = (WIDTH, HEIGHT), seed: int = 0) -> TransformField:
    return TransformField(size, STEP, 3, torch.Generator().manual_seed(seed))


def transform(scale: float, angle: float, x: float, y: float) -> torch.Tensor:
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return torch.tensor([cos, -sin, sin, cos, x, y])[:, None]


@pytest.mark.parametrize("scale", [STEP, 1.5, 2.0])
@pytest.mark.parametrize("angle", [0.0, 0.4, math.pi / 2])
def test_patches_are_read_where_the_transform_says(scale: float, angle: float) -> None:
    """Bilinear reading of a ramp is exact, at whatever level: the values are the positions."""
    atlas = ramp_atlas()
    wanted = transform(scale, angle, 18.3, 15.6)
    patch = field()._sample(atlas, atlas.low, wanted)[:, 0]
    for number, value in enumerate(patch):
        dy, dx = (place - PATCH_PX // 2 for place in divmod(number, PATCH_PX))
        a, b, c, d, x, y = wanted[:, 0].tolist()
        expected = 0.02 * (a * dx + b * dy + x) + 0.01 * (c * dx + d * dy + y)
        assert float(value) == pytest.approx(expected, abs=2e-4)


def test_a_translated_transform_is_the_same_map_seen_from_elsewhere() -> None:
    one = transform(1.4, 0.3, 10.0, 12.0)
    moved = _transform_field._translate(one, 1, -2)

    def image_of(rows: torch.Tensor, dx: float, dy: float) -> tuple[float, float]:
        a, b, c, d, x, y = rows[:, 0].tolist()
        return a * dx + b * dy + x, c * dx + d * dy + y

    for dx, dy in ((0, 0), (2, 1), (-1, 2)):
        assert image_of(moved, dx, dy) == pytest.approx(image_of(one, dx + 1, dy - 2))


def test_the_scale_is_that_of_the_map_around_the_centre() -> None:
    assert float(_transform_field._scale_of(transform(1.7, 1.1, 9, 9))) == pytest.approx(1.7)
    stretched = torch.tensor([3.0, 0.7, 0.0, 1.0, 5.0, 5.0])[:, None]
    assert float(_transform_field._scale_of(stretched)) == pytest.approx(math.sqrt(3))


def test_the_cost_never_rises_and_neighbours_learn() -> None:
    generator = torch.Generator().manual_seed(3)
    planes = [torch.rand(round(HEIGHT / STEP**k), round(WIDTH / STEP**k), generator=generator)
              for k in (1, 2, 3)]  # fmt: skip
    atlas = make_atlas(planes, planes, (WIDTH, HEIGHT))
    target = torch.rand(HEIGHT, WIDTH, generator=generator)
    searched = field()
    searched.measure(target, atlas)
    before = searched._costs.clone()
    for _ in range(3):
        searched.improve(target, atlas, never_stops)
        assert (searched._costs <= before).all()
        before = searched._costs.clone()
    # what is remembered is what the transforms cost
    again = before.clone()
    searched.measure(target, atlas)
    assert torch.allclose(searched._costs, again, atol=1e-6)


def test_a_likeness_that_lies_elsewhere_is_found() -> None:
    """The target is a piece of the second level: half as large a picture, moved and pasted in."""
    coarse = torch.rand(1, 1, 9, 9, generator=torch.Generator().manual_seed(5))
    size = 48
    planes = [
        F.interpolate(coarse, size=round(size / STEP**k), mode="bicubic")[0, 0] for k in (1, 2, 3)
    ]
    atlas = make_atlas(planes, planes, (size, size))
    target = torch.full((size, size), 0.5)
    target[10:30, 10:30] = planes[2][2:22, 3:23]  # the level of scale 2
    searched = field((size, size))
    searched.measure(target, atlas)
    columns = size - PATCH_PX + 1
    inside = (slice(10, 30 - PATCH_PX + 1),) * 2
    before = searched._costs.view(columns, columns)[inside].median()
    for _ in range(8):
        searched.improve(target, atlas, never_stops)
    assert searched._costs.view(columns, columns)[inside].median() < 0.1 * before


def test_a_vote_of_ramps_is_the_ramp() -> None:
    """In-place patches of a ramp are corrected to the target's mean, and overlap without a seam."""
    atlas = ramp_atlas()
    target = ramp(WIDTH, HEIGHT, 1.0, 1.0)
    voted = field()
    voted._transforms[0] = voted._transforms[3] = STEP
    voted.measure(target, atlas)
    result = voted.vote(atlas, never_stops)
    inner = (slice(8, -8), slice(8, -8))
    gradient = result[inner].diff(dim=1)
    # each patch is STEP times as steep, their mean is level with the target
    assert torch.allclose(result[inner], target[inner], atol=0.01)
    assert torch.allclose(gradient, torch.tensor(0.02), atol=0.01)


def test_a_finer_level_starts_where_the_coarser_one_ended() -> None:
    coarse = field()
    coarse._transforms[4] += 3.0
    fine = field((80, 64))
    fine.take_over(coarse)
    x, y = fine._centres(torch.arange(fine.count))
    inside = (x > 12) & (x < 60) & (y > 12) & (y < 52)
    assert torch.allclose(fine._transforms[4][inside] - x[inside], torch.tensor(6.0), atol=0.51)
    assert torch.allclose(fine._transforms[5][inside], y[inside], atol=0.51)
    assert torch.equal(fine._transforms[:4], coarse._transforms[:4, :1].expand(4, fine.count))
