from __future__ import annotations

import math

import pytest
import torch

from sr_studio.tensors.blur_kernels import gaussian_kernel


def test_no_blur_is_an_impulse() -> None:
    kernel = gaussian_kernel(15, 0.0)
    assert kernel[7, 7] == 1
    assert kernel.sum() == 1


@pytest.mark.parametrize("angle", [0.0, 0.4, math.pi / 2, 2.5])
def test_both_axes_have_the_spread_that_was_asked_for(angle: float) -> None:
    kernel = gaussian_kernel(31, 3.0, 1.5, angle)
    assert kernel.sum() == pytest.approx(1)
    positions = torch.arange(31, dtype=torch.float64) - 15
    x, y = positions[None, :], -positions[:, None]
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    assert float((kernel * along**2).sum()) == pytest.approx(9, rel=0.01)
    assert float((kernel * across**2).sum()) == pytest.approx(2.25, rel=0.01)
    assert float((kernel * along * across).sum()) == pytest.approx(0, abs=0.02)


def test_one_sigma_is_round() -> None:
    kernel = gaussian_kernel(15, 2.0)
    torch.testing.assert_close(kernel, kernel.T)
    torch.testing.assert_close(kernel, gaussian_kernel(15, 2.0, 2.0, 1.1))
