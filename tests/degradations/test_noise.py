from __future__ import annotations

import numpy as np
import pytest

from sr_studio.degradations.noise import add_noise, add_shot_noise


def test_noise_is_normal_and_repeats_with_its_seed() -> None:
    gray = np.full((300, 300, 1), 0.5, np.float32)
    noisy = add_noise(gray, 0.1, np.random.default_rng(7))
    assert (noisy - gray).mean() == pytest.approx(0, abs=0.002)
    assert (noisy - gray).std() == pytest.approx(0.1, rel=0.02)
    np.testing.assert_array_equal(noisy, add_noise(gray, 0.1, np.random.default_rng(7)))
    assert (noisy != add_noise(gray, 0.1, np.random.default_rng(8))).any()


def test_gray_noise_is_the_same_in_all_channels() -> None:
    pixels = np.full((30, 40, 3), 0.5, np.float32)
    for add in (add_noise, add_shot_noise):
        noise = add(pixels, 0.1, np.random.default_rng(0), gray=True) - pixels
        np.testing.assert_allclose(noise, noise[..., :1].repeat(3, 2), atol=1e-6)
        assert noise.std() > 0.02


@pytest.mark.parametrize("sigma", [0.02, 0.5])  # many quanta, and few
def test_shot_noise_grows_with_the_light(sigma: float) -> None:
    for light in (0.1, 0.4, 1.0):
        pixels = np.full((200, 200, 1), light, np.float32)
        noise = add_shot_noise(pixels, sigma, np.random.default_rng(0)) - pixels
        assert noise.mean() == pytest.approx(0, abs=0.02 * sigma)
        assert noise.std() == pytest.approx(sigma * np.sqrt(light), rel=0.03)


def test_black_has_no_shot_noise() -> None:
    pixels = np.array([[[0.0], [-0.2]]], np.float32)
    np.testing.assert_array_equal(add_shot_noise(pixels, 0.3, np.random.default_rng(0)), pixels)
