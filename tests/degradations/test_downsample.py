from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from sr_studio.degradations.downsample import downsample
from sr_studio.degradations.recipe import DownsampleKernel

KERNELS = get_args(DownsampleKernel)
SMOOTH = tuple(kernel for kernel in KERNELS if kernel != "nearest")


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_sides_shrink_and_type_stays(
    kernel: DownsampleKernel, dtype: type, channels: tuple[int, ...]
) -> None:
    pixels = np.full((12, 18, *channels), 1, dtype)
    for scale in (1, 2, 3, 6):
        low_res = downsample(pixels, scale, kernel)
        assert low_res.shape == (12 // scale, 18 // scale, *channels)
        assert low_res.dtype == dtype
        np.testing.assert_allclose(low_res, 1, atol=1e-6)


@pytest.mark.parametrize("kernel", SMOOTH)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_result_lies_where_the_picture_lay(kernel: DownsampleKernel, scale: int) -> None:
    """A ramp stays the same ramp: no kernel shifts the picture by a fraction of a pixel."""
    ramp = np.tile(np.arange(scale * 40, dtype=np.float32), (scale * 20, 1))
    low_res = downsample(ramp, scale, kernel)
    expected = np.arange(40) * scale + (scale - 1) / 2
    np.testing.assert_allclose(low_res[10, 12:-12], expected[12:-12], atol=1e-3)
    np.testing.assert_allclose(downsample(ramp.T, scale, kernel), low_res.T, atol=1e-4)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [2, 3])
def test_is_linear(kernel: DownsampleKernel, scale: int) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 18, 24, 3)).astype(np.float32)
    together = downsample(2 * x - 3 * y, scale, kernel)
    apart = 2 * downsample(x, scale, kernel) - 3 * downsample(y, scale, kernel)
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_gaussian_spreads_a_point_as_wide_as_its_sigma() -> None:
    point = np.zeros((96, 96), np.float32)
    point[48, 48] = 1
    low_res = downsample(point, 3, "gaussian", sigma_px=4.5)
    x = np.arange(32) * 3 + 1
    across = low_res.sum(axis=0) / low_res.sum()
    assert (across * x).sum() == pytest.approx(48, abs=1e-2)
    assert np.sqrt((across * (x - 48) ** 2).sum()) == pytest.approx(4.5, abs=0.02)


def test_gaussian_takes_half_the_scale_by_default() -> None:
    pixels = np.random.default_rng(0).random((24, 24)).astype(np.float32)
    np.testing.assert_array_equal(
        downsample(pixels, 4, "gaussian"), downsample(pixels, 4, "gaussian", sigma_px=2)
    )


def test_sides_that_are_no_multiples_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        downsample(np.zeros((8, 9, 3), np.uint8), 4, "bilinear")
