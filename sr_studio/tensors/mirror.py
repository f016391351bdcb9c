"""The mirror beyond a picture's edge that doubles the edge pixels, and its adjoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def mirror_side(pixels: Tensor, before: int, after: int, side: int) -> Tensor:
    """Continue one side as a mirror that doubles the edge, however small the picture is.

    Args:
        pixels: any shape, dtype and device.
        before: pixels to add before the first; negative cuts.
        after: pixels to add after the last; negative cuts.
        side: the dimension.
    """
    return pixels.index_select(side, _sources(pixels.shape[side], before, after, pixels.device))


def fold_side(padded: Tensor, before: int, after: int, side: int) -> Tensor:
    """Add what lies in the mirror to the pixels that it shows: the adjoint of `mirror_side`."""
    shape = list(padded.shape)
    shape[side] -= before + after
    sources = _sources(shape[side], before, after, padded.device)
    return padded.new_zeros(shape).index_add(side, sources, padded)


def _sources(count: int, before: int, after: int, device: torch.device) -> Tensor:
    index = torch.arange(-before, count + after, device=device) % (2 * count)
    return torch.minimum(index, 2 * count - 1 - index)
