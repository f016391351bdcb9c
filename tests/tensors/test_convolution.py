from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import convolve

from sr_studio.tensors.convolution import adjoint_of_convolve_mirrored, convolve_mirrored

SIDES = [(1, 1), (5, 8), (23, 17)]
KERNEL_SIDES = [(1, 1), (3, 3), (5, 11), (21, 3)]


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("kernel_sides", KERNEL_SIDES)
def test_convolution_is_scipys(sides: tuple[int, int], kernel_sides: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    pixels, kernel = generator.random((2, 3, *sides)), generator.random(kernel_sides)
    expected = convolve(pixels, kernel[None, None], mode="reflect")
    result = convolve_mirrored(torch.from_numpy(pixels), torch.from_numpy(kernel))
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("kernel_sides", KERNEL_SIDES)
def test_the_adjoint_is_the_slope(sides: tuple[int, int], kernel_sides: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 1, 2, *sides, generator=generator, dtype=torch.float64)
    x.requires_grad_()
    kernel = torch.randn(kernel_sides, generator=generator, dtype=torch.float64)
    (slope,) = torch.autograd.grad((convolve_mirrored(x, kernel) * y).sum(), x)
    torch.testing.assert_close(adjoint_of_convolve_mirrored(y, kernel), slope)


def test_half_precision_is_convolved_in_single() -> None:
    pixels = torch.rand(1, 1, 9, 9, generator=torch.Generator().manual_seed(0)).half()
    kernel = torch.full((3, 3), 1 / 9, dtype=torch.float64)
    for function in (convolve_mirrored, adjoint_of_convolve_mirrored):
        result = function(pixels, kernel)
        assert result.dtype == torch.float32
        torch.testing.assert_close(result, function(pixels.double(), kernel).float())
