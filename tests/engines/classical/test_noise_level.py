from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.classical import _noise_level
from sr_studio.engines.classical._noise_level import estimate_noise_level
from sr_studio.jobs.progress import silent_context


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sigma", [2, 15, 50])
def test_the_noise_of_a_slope_is_found(sigma: int, channels: int) -> None:
    y, x, c = np.mgrid[0:200, 0:151, 0:channels]
    noise = np.random.default_rng(0).normal(0, sigma / 255, x.shape)
    picture = (0.2 + x / 500 + y / 800 + c / 10 + noise).astype(np.float32)
    assert estimate_noise_level(picture, silent_context()) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 9), (9, 2), (3, 3), (9, 9)])
def test_a_constant_picture_has_none(size: tuple[int, int]) -> None:
    picture = np.full((*size, 1), 0.3, np.float32)
    assert estimate_noise_level(picture, silent_context()) == pytest.approx(0, abs=1e-9)


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(0).random((50, 40, 3), np.float32)
    whole = estimate_noise_level(picture, silent_context())
    for strip_px in (1, 7, 48):
        monkeypatch.setattr(_noise_level, "_STRIP_PX", strip_px)
        assert estimate_noise_level(picture, silent_context()) == pytest.approx(whole, rel=1e-12)
