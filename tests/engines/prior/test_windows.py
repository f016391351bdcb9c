"""Windows that become one picture."""

from __future__ import annotations

import pytest
import torch

from sr_studio.engines.prior.windows import join_windows, windows_of


@pytest.mark.parametrize(("width", "height"), [(100, 70), (33, 200), (1, 1), (64, 64)])
@pytest.mark.parametrize(("tile_px", "overlap_px"), [(32, 8), (50, 0), (40, 30)])
def test_cut_and_joined_is_the_same(width: int, height: int, tile_px: int, overlap_px: int) -> None:
    picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    windows = windows_of(width, height, tile_px, overlap_px)
    parts = [picture[(slice(None), slice(None), *window.slices)] for window in windows]
    joined = join_windows(parts, windows, width, height, overlap_px)
    torch.testing.assert_close(joined, picture, atol=1e-6, rtol=0)


def test_neighbours_fade_into_each_other() -> None:
    windows = windows_of(64, 1, 32, 8)
    parts = [torch.full((1, 1, 1, window.width), float(i)) for i, window in enumerate(windows)]
    row = join_windows(parts, windows, 64, 1, 8)[0, 0, 0]
    assert row[:24].eq(0).all()
    assert row[40:].eq(1).all()
    steps = row[24:41].diff()
    assert steps.min() > 0
    assert steps.max() < 0.1
