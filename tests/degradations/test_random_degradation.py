from __future__ import annotations

import tomllib
from typing import Any, get_args

import numpy as np
import pytest

from sr_studio.degradations.random_degradation import DegradationKind, RandomDegradation
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.resize import imresize

KINDS = get_args(DegradationKind)


def picture(height: int = 48, width: int = 60, channels: int = 3) -> np.ndarray:
    """Blocks with soft and hard edges."""
    random = np.random.default_rng(0)
    cells = random.integers(30, 226, (height // 12 + 1, width // 12 + 1, channels), dtype=np.uint8)
    return cells.repeat(12, 0).repeat(12, 1)[:height, :width]


def degrade(table: dict[str, Any], scale: int = 2, seed: int = 0, **size: int) -> np.ndarray:
    degradation = RandomDegradation.from_table(table)
    return degradation.degrade(picture(**size), scale, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_is_smaller_by_the_scale_and_the_same_every_time(
    kind: str, scale: int, channels: int
) -> None:
    size = {"height": 5 * scale, "width": 21 * scale, "channels": channels}
    result = degrade({"kind": kind}, scale, **size)
    assert result.shape == (5, 21, channels)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, degrade({"kind": kind}, scale, **size))


@pytest.mark.parametrize("kind", KINDS)
def test_only_fixed_kinds_are_the_same_for_any_chance(kind: str) -> None:
    one, other = (degrade({"kind": kind}, seed=seed) for seed in (1, 2))
    is_fixed = RandomDegradation.from_table({"kind": kind}).is_fixed
    assert np.array_equal(one, other) == is_fixed == (kind in ("bicubic", "unknown"))


@pytest.mark.parametrize("table", [{}, {"kind": "bicubic"}, {"kind": "second-order", "clean": 1.0}])
def test_bicubic_is_matlabs_bit_for_bit(table: dict[str, Any]) -> None:
    np.testing.assert_array_equal(degrade(table, 3), imresize(picture(), scale=1 / 3))


@pytest.mark.parametrize("kind", ["classical", "second-order"])
def test_at_no_strength_little_is_lost(kind: str) -> None:
    clean = degrade({}, channels=1).astype(float)  # of colour, JPEG at its best halves the grid
    for seed in range(20):
        result = degrade({"kind": kind, "strength": 0}, seed=seed, channels=1)
        assert np.abs(result - clean).mean() < 8  # of 255, at edges as hard as can be


def test_the_unknown_blur_depends_on_its_seed_alone() -> None:
    one, other = ({"kind": "unknown", "seed": seed} for seed in (1, 2))
    assert not np.array_equal(degrade(one), degrade(other))


@pytest.mark.parametrize("kind", ["bicubic", "unknown"])
@pytest.mark.parametrize("scale", [2, 3, 4, 6, 8])
def test_a_crop_with_its_margin_is_that_of_the_whole(kind: str, scale: int) -> None:
    random = np.random.default_rng(0)
    whole = random.integers(0, 256, (168, 168, 3), dtype=np.uint8)  # a blur must not hide a seam
    top, left, side = 48, 72, 48
    for seed in range(4 if kind == "unknown" else 1):
        degradation = RandomDegradation(kind, seed=seed)
        margin = degradation.margin_px
        crop = whole[top - margin : top + side + margin, left - margin : left + side + margin]
        inner, count = margin // scale, side // scale
        result = degradation.degrade(crop, scale, random)[inner:, inner:][:count, :count]
        expected = degradation.degrade(whole, scale, random)
        expected = expected[top // scale :, left // scale :][:count, :count]
        # Fourier transforms of other lengths round otherwise: rarely, and by one step
        assert np.abs(result.astype(int) - expected).max() <= (kind == "unknown")
        assert (result != expected).mean() < 0.01


@pytest.mark.parametrize("kind", ["unknown", "classical", "second-order"])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_result_lies_where_the_good_picture_does(kind: str, scale: int) -> None:
    good = picture(96, 96)
    expected = imresize(good, scale=1 / scale).astype(float)

    def likeness(result: np.ndarray, y: int, x: int) -> float:
        inner = slice(3, -3)
        moved = np.roll(result.astype(float), (y, x), (0, 1))[inner, inner]
        return float(np.corrcoef(moved.ravel(), expected[inner, inner].ravel())[0, 1])

    mild = {"kind": kind} if kind == "unknown" else {"kind": kind, "strength": 0.3}
    for seed in range(4):
        table = {**mild, "seed": seed} if kind == "unknown" else mild
        degradation = RandomDegradation.from_table(table)
        result = degradation.degrade(good, scale, np.random.default_rng(seed))
        here = likeness(result, 0, 0)
        assert here > 0.8
        assert here == max(likeness(result, y, x) for y in (-1, 0, 1) for x in (-1, 0, 1))


def test_a_weaker_one_stays_nearer_to_the_clean_picture() -> None:
    clean = degrade({}).astype(float)
    errors = [
        np.mean(
            [
                np.abs(degrade({"kind": "second-order", "strength": s}, seed=seed) - clean).mean()
                for seed in range(12)
            ]
        )
        for s in (0.0, 0.5, 1.0)
    ]
    assert errors[0] < errors[1] < errors[2]


def test_the_two_rounds_and_the_last_filter_are_told_step_by_step() -> None:
    degradation = RandomDegradation.from_table({"kind": "second-order"})
    seen: set[str] = set()
    for seed in range(30):
        steps = degradation.sample(64, 48, 2, np.random.default_rng(seed))
        words = [step.text().split(":")[0] for step in steps]
        assert words.count("resize") == 3
        assert words.count("JPEG") == 2
        assert steps[-1].text().startswith(("JPEG", "resize", "blur"))
        seen |= {
            each.split(",")[0].split(" ")[1] for each in (s.text() for s in steps) if ":" in each
        }
    assert {"Gaussian", "gray", "shot", "sinc", "quality"} <= {word.rstrip(",") for word in seen}


def test_a_table_of_a_recipe_changes_what_it_names() -> None:
    table = tomllib.loads(
        "kind = 'second-order'\nstrength = 1\n[first]\nnoise = 0\nquality = [50, 60]\n"
        "kernels = {isotropic = 1, defocus = 2}\n[last]\nsinc = 0.0\n"
    )
    degradation = RandomDegradation.from_table(table)
    published = RandomDegradation("second-order")
    assert degradation.first.noise == 0
    assert degradation.first.quality == (50, 60)
    assert degradation.first.kernels == {"isotropic": 1, "defocus": 2}
    assert degradation.first.sigma_px == published.first.sigma_px
    assert degradation.second == published.second
    assert degradation.last.sinc == 0


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "awful"}, "awful"),
        ({"kind": 3}, "3"),
        ({"kind": ["classical"]}, "classical"),
        ({"strenght": 1}, "strenght"),
        ({"kind": "bicubic", "strength": 0.5}, "strength"),
        ({"kind": "unknown", "clean": 0.5}, "clean"),
        ({"kind": "unknown", "seed": -1}, "-1"),
        ({"kind": "classical", "clean": 1.5}, "1.5"),
        ({"kind": "classical", "clean": True}, "True"),
        ({"kind": "classical", "clean": float("nan")}, "clean"),
        ({"kind": "classical", "strength": "1"}, "strength"),
        ({"kind": "classical", "strength": -0.1}, "strength"),
        ({"kind": "classical", "second": {}}, "second"),
        ({"kind": "classical", "first": {"kernel_px": [7, 8]}}, "kernel_px"),
        ({"kind": "classical", "first": {"size": [1.2, 1.5]}}, "size"),
        ({"kind": "classical", "first": {"gaussian": False}}, "first.gaussian"),
        ({"kind": "classical", "first": {"kernels": {"sinc": True}}}, "first.kernels"),
        ({"kind": "classical", "first": 3}, "3"),
        ({"kind": "classical", "first": {"noice": 1}}, "noice"),
        ({"kind": "classical", "first": {"quality": [60, 50]}}, "quality"),
        ({"kind": "classical", "first": {"quality": [60]}}, "60"),
        ({"kind": "classical", "first": {"quality": "best"}}, "best"),
        ({"kind": "classical", "first": {"kernels": {"box": 1}}}, "box"),
        ({"kind": "classical", "first": {"kernels": {"sinc": 0}}}, "kernels"),
        ({"kind": "second-order", "last": {"cutoff": [0, 1]}}, "cutoff"),
    ],
)
def test_a_table_that_cannot_be_followed_is_said(table: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        RandomDegradation.from_table(table)
    assert caught.value.advice


def test_a_key_that_is_unknown_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as caught:
        RandomDegradation.from_table({"kind": "classical", "first": {"noice": 1}})
    assert "noise_sigma" in caught.value.advice
