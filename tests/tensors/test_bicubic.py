"""Enlarging and reducing tensors are MATLAB's `imresize`, whatever the size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.imaging.resize import imresize
from sr_studio.tensors.bicubic import enlarge_bicubic, reduce_bicubic, resize_bicubic

EACH_SIZE = pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5), (7, 2), (13, 11)])
EACH_SCALE = pytest.mark.parametrize("scale", [2, 3, 4, 5, 8])


def random(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(height * width)
    return torch.rand(2, 3, height, width, generator=generator, dtype=torch.float64)


def with_imresize(pixels: torch.Tensor, scale: float) -> torch.Tensor:
    pictures = [np.moveaxis(picture.numpy(), 0, -1) for picture in pixels]
    resized = [imresize(np.ascontiguousarray(picture), scale=scale) for picture in pictures]
    return torch.from_numpy(np.moveaxis(np.stack(resized), -1, 1))


@EACH_SIZE
@EACH_SCALE
def test_enlarging_is_that_of_imresize(height: int, width: int, scale: int) -> None:
    pixels = random(height, width)
    expected = with_imresize(pixels, scale)
    torch.testing.assert_close(enlarge_bicubic(pixels, scale), expected, atol=1e-12, rtol=0)


@EACH_SIZE
@EACH_SCALE
def test_reducing_is_that_of_imresize(height: int, width: int, scale: int) -> None:
    pixels = random(height * scale, width * scale)
    expected = with_imresize(pixels, 1 / scale)
    torch.testing.assert_close(reduce_bicubic(pixels, scale), expected, atol=1e-12, rtol=0)


@EACH_SIZE
@pytest.mark.parametrize(("numerator", "denominator"), [(3, 4), (3, 2), (2, 5)])
def test_a_ratio_is_that_of_imresize(
    height: int, width: int, numerator: int, denominator: int
) -> None:
    pixels = random(height * denominator, width * denominator)
    expected = with_imresize(pixels, numerator / denominator)
    resized = resize_bicubic(pixels, numerator, denominator)
    torch.testing.assert_close(resized, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (1, 2), (3, 4)])
def test_half_precision_around_it_does_not_coarsen_it(numerator: int, denominator: int) -> None:
    pixels = random(4, 8).float()
    exact = resize_bicubic(pixels, numerator, denominator)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(resize_bicubic(pixels, numerator, denominator), exact)
    halved = resize_bicubic(pixels.bfloat16(), numerator, denominator)
    assert torch.equal(halved, resize_bicubic(pixels.bfloat16().float(), numerator, denominator))


def test_a_side_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 2"):
        reduce_bicubic(random(4, 5), 2)


def test_gradients_flow_through_both() -> None:
    pixels = random(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: reduce_bicubic(enlarge_bicubic(x, 2), 2), (pixels,))
