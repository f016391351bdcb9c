from __future__ import annotations

import numpy as np
import pytest

from sr_studio.degradations.noise import add_noise


def test_noise_is_normal_and_repeats_with_its_seed() -> None:
    gray = np.full((300, 300, 1), 0.5, np.float32)
    noisy = add_noise(gray, 0.1, np.random.default_rng(7))
    assert (noisy - gray).mean() == pytest.approx(0, abs=0.002)
    assert (noisy - gray).std() == pytest.approx(0.1, rel=0.02)
    np.testing.assert_array_equal(noisy, add_noise(gray, 0.1, np.random.default_rng(7)))
    assert (noisy != add_noise(gray, 0.1, np.random.default_rng(8))).any()
