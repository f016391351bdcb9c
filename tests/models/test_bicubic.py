"""The bicubic layer of networks is MATLAB's imresize."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.imaging.resize import imresize
from sr_studio.models._bicubic import resize_bicubic

FACTORS = pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (3, 1), (4, 1), (3, 4)])


@FACTORS
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 2), (3, 5), (8, 7)])
def test_it_equals_imresize(numerator: int, denominator: int, rows: int, columns: int) -> None:
    height, width = rows * denominator, columns * denominator
    pixels = np.random.default_rng(3).random((height, width))
    size = (columns * numerator, rows * numerator)
    resized = resize_bicubic(torch.from_numpy(pixels)[None, None], numerator, denominator)
    np.testing.assert_allclose(resized[0, 0].numpy(), imresize(pixels, size=size), atol=1e-12)


@FACTORS
def test_autocast_does_not_coarsen_it(numerator: int, denominator: int) -> None:
    picture = torch.rand(1, 2, 8, 12, generator=torch.Generator().manual_seed(5))
    exact = resize_bicubic(picture, numerator, denominator)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(resize_bicubic(picture, numerator, denominator), exact)


def test_half_precision_is_resized_in_fp32() -> None:
    picture = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(5)).bfloat16()
    assert torch.equal(resize_bicubic(picture, 3, 4), resize_bicubic(picture.float(), 3, 4))
