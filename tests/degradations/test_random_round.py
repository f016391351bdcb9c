from __future__ import annotations

from collections import Counter
from typing import get_args

import numpy as np
import pytest

from sr_studio.degradations.random_round import RandomKernel, RandomRound, pick
from sr_studio.degradations.steps import BlurStep, GaussianNoiseStep, JpegStep, ShotNoiseStep


def test_names_are_picked_as_often_as_they_weigh() -> None:
    generator = np.random.default_rng(0)
    weights = {"never": 0.0, "rare": 1.0, "often": 3.0, "nor this": 0.0}
    seen = Counter(pick(weights, generator) for _ in range(4000))
    assert set(seen) == {"rare", "often"}
    assert seen["often"] / 4000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("kernel", get_args(RandomKernel))
def test_every_kernel_keeps_the_light(kernel: str) -> None:
    generator = np.random.default_rng(0)
    own = RandomRound(kernels={kernel: 1})
    texts = set()
    for _ in range(20):
        (step,) = own.sample_blur(generator)
        assert isinstance(step, BlurStep)
        assert step.kernel.sum() == pytest.approx(1)
        assert step.kernel.shape[0] == step.kernel.shape[1]
        assert step.kernel.shape[0] % 2 == 1
        assert not step.kernel.flags.writeable
        texts.add(step.text())
    assert len(texts) > 10  # each with its own figures


def test_sides_of_kernels_are_odd_and_all_occur() -> None:
    generator = np.random.default_rng(0)
    own = RandomRound(kernels={"isotropic": 1}, kernel_px=(7, 13))
    sides = {len(own.sample_blur(generator)[0].kernel) for _ in range(60)}
    assert sides == {7, 9, 11, 13}


def test_noise_and_jpeg_stay_in_their_ranges() -> None:
    generator = np.random.default_rng(0)
    own = RandomRound(noise_sigma=(5, 9), shot_scale=(0.1, 0.2), quality=(40, 60))
    noises = [own.sample_noise(generator)[0] for _ in range(400)]
    gaussians = [noise for noise in noises if isinstance(noise, GaussianNoiseStep)]
    shots = [noise for noise in noises if isinstance(noise, ShotNoiseStep)]
    assert len(gaussians) / 400 == pytest.approx(0.5, abs=0.08)
    assert sum(noise.is_gray for noise in gaussians + shots) / 400 == pytest.approx(0.4, abs=0.08)
    assert all(5 <= noise.sigma <= 9 for noise in gaussians)
    assert all(0.1 <= noise.sigma / (255 / 16) <= 0.2 for noise in shots)
    packings = [own.sample_jpeg(generator)[0] for _ in range(400)]
    assert all(isinstance(each, JpegStep) for each in packings)
    assert {each.quality for each in packings} == set(range(40, 61))
    assert {each.left for each in packings} == set(range(16)) == {each.top for each in packings}


def test_what_has_no_probability_does_not_happen() -> None:
    generator = np.random.default_rng(0)
    own = RandomRound(blur=0, noise=0, jpeg=0)
    for _ in range(20):
        assert own.sample_blur(generator) == own.sample_noise(generator) == ()
        assert own.sample_jpeg(generator) == ()


def test_factors_go_up_and_down_as_often_as_they_weigh() -> None:
    generator = np.random.default_rng(0)
    factors = np.array([RandomRound().sample_factor(generator) for _ in range(2000)])
    assert (factors > 1).mean() == pytest.approx(0.2, abs=0.03)
    assert (factors == 1).mean() == pytest.approx(0.1, abs=0.03)
    assert 0.15 <= factors.min() < 0.2
    assert 1.4 < factors.max() <= 1.5


def test_ranges_shrink_to_their_harmless_ends() -> None:
    published = RandomRound()
    assert published.eased(1.0) is published
    none, half = published.eased(0.0), published.eased(0.5)
    assert none.sigma_px == (0.2, 0.2)
    assert none.size == (1.0, 1.0)
    assert none.quality == (95, 95)
    assert none.noise_sigma == (1.0, 1.0)
    assert none.plateau == (2.0, 2.0)
    assert half.sigma_px == pytest.approx((0.2, 1.6))
    assert half.quality == pytest.approx((62.5, 95))
    assert half.size == pytest.approx((0.575, 1.25))
