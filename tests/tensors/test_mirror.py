from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.tensors.mirror import fold_side, mirror_side


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (3, 0), (2, 7), (13, 12)])
def test_the_mirror_doubles_the_edge_at_any_distance(count: int, before: int, after: int) -> None:
    pixels = torch.rand(2, count, 3, generator=torch.Generator().manual_seed(0))
    expected = np.pad(pixels.numpy(), ((0, 0), (before, after), (0, 0)), mode="symmetric")
    np.testing.assert_array_equal(mirror_side(pixels, before, after, 1).numpy(), expected)


def test_negative_margins_cut() -> None:
    pixels = torch.arange(6)
    assert mirror_side(pixels, -1, -2, 0).tolist() == [1, 2, 3]
    assert fold_side(torch.tensor([1, 2, 3]), -1, -2, 0).tolist() == [0, 1, 2, 3, 0, 0]


@pytest.mark.parametrize(("before", "after"), [(3, 2), (11, 14), (-1, 2)])
def test_folding_is_the_adjoint_of_mirroring(before: int, after: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
    y = torch.randn(2, 4 + before + after, 3, generator=generator, dtype=torch.float64)
    left = (mirror_side(x, before, after, 1) * y).sum()
    assert float(left) == pytest.approx(float((x * fold_side(y, before, after, 1)).sum()))
