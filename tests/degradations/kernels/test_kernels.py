from __future__ import annotations

import math

import numpy as np
import pytest

from sr_studio.degradations.kernels.defocus import defocus_kernel
from sr_studio.degradations.kernels.gaussian import (
    gaussian_kernel,
    generalized_gaussian_kernel,
    plateau_kernel,
)
from sr_studio.degradations.kernels.motion import camera_shake_kernel, linear_motion_kernel
from sr_studio.degradations.kernels.sinc import sinc_kernel
from sr_studio.degradations.unknown_blur import unknown_blur_kernel


def shake(length_px: float, seed: int = 0) -> np.ndarray:
    return camera_shake_kernel(length_px, np.random.default_rng(seed))


KERNELS = {
    "isotropic": gaussian_kernel(21, 2.0),
    "anisotropic": gaussian_kernel(21, 2.5, 0.8, 0.5),
    "generalized": generalized_gaussian_kernel(15, 1.5, 1.0, 0.3, beta=0.7),
    "plateau": plateau_kernel(15, 1.5, 1.0, 0.3, beta=1.5),
    "sinc": sinc_kernel(21, math.pi / 2),
    "defocus": defocus_kernel(3.2),
    "motion": linear_motion_kernel(9.0, 0.7),
}


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_keeps_the_light_and_is_its_own_half_turn(name: str) -> None:
    kernel = KERNELS[name]
    assert kernel.sum() == pytest.approx(1)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_shake_and_unknown_kernels_keep_the_light(seed: int) -> None:
    for kernel in (shake(15, seed), unknown_blur_kernel(seed, 3)):
        assert kernel.sum() == pytest.approx(1)
        assert kernel.shape[0] % 2 == 1
        assert (kernel >= 0).all()
    assert np.array_equal(shake(15, seed), shake(15, seed))
    assert not np.array_equal(shake(15, seed), shake(15, seed + 1))


def deviations(kernel: np.ndarray) -> np.ndarray:
    """Standard deviations along the principal axes, the smaller first."""
    side = len(kernel) // 2
    y, x = np.mgrid[-side : side + 1, -side : side + 1]
    points = np.stack([x.ravel(), y.ravel()])
    return np.sqrt(np.linalg.eigvalsh((points * kernel.ravel()) @ points.T))


def test_gaussians_are_as_wide_as_they_are_told() -> None:
    np.testing.assert_allclose(deviations(gaussian_kernel(31, 2.5, 1.0, 0.5)), [1, 2.5], rtol=1e-3)
    generalized = generalized_gaussian_kernel(31, 2.0, 2.0, 0.0, beta=1.0)
    np.testing.assert_allclose(generalized, gaussian_kernel(31, 2.0), atol=1e-9)


def test_defocus_is_a_disk() -> None:
    kernel = defocus_kernel(3.0)
    assert kernel[len(kernel) // 2, len(kernel) // 2] == pytest.approx(1 / (math.pi * 9), rel=0.02)
    assert deviations(kernel) == pytest.approx([1.5, 1.5], rel=0.03)  # r / 2 along each axis
    assert defocus_kernel(0.0).max() == 1


@pytest.mark.parametrize("angle", [0.0, math.pi / 2, 0.6])
def test_motion_lies_along_its_angle(angle: float) -> None:
    kernel = linear_motion_kernel(15, angle)
    across, along = deviations(kernel)
    assert along == pytest.approx(15 / math.sqrt(12), rel=0.05)
    assert across < 0.6
    side = len(kernel) // 2
    y, x = np.mgrid[-side : side + 1, -side : side + 1]
    lean = (kernel * x * -y).sum()  # counter-clockwise from the horizontal, y downwards
    assert lean * math.sin(2 * angle) >= -1e-9
    if angle == 0.6:
        assert lean > 1


def test_sinc_lets_long_waves_pass_and_stops_short_ones() -> None:
    spectrum = np.abs(np.fft.fft2(sinc_kernel(21, math.pi / 2), s=(64, 64)))
    assert spectrum[0, 4] == pytest.approx(1, abs=0.1)
    assert spectrum[0, 28] < 0.1
