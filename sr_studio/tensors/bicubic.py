"""MATLAB's bicubic `imresize` by a whole factor, on tensors and differentiable.

The same sums as `sr_studio.imaging.resize`, for networks that enlarge or reduce within themselves.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def enlarge_bicubic(pixels: Tensor, scale: int) -> Tensor:
    """Enlarge by Keys' kernel (a = -0.5), the picture mirrored beyond its edge.

    Args:
        pixels: (B, C, H, W), float, any range.
        scale: whole factor.

    Returns:
        (B, C, H*scale, W*scale), same dtype and device, not clamped.
    """
    return _enlarge_side(_enlarge_side(pixels, scale, 2), scale, 3)


def reduce_bicubic(pixels: Tensor, scale: int) -> Tensor:
    """Reduce with antialiasing: the kernel is `scale` times as wide.

    Args:
        pixels: (B, C, H, W), float, any range; sides that are multiples of `scale`.
        scale: whole divisor.

    Returns:
        (B, C, H/scale, W/scale), same dtype and device, not clamped.
    """
    if pixels.shape[2] % scale or pixels.shape[3] % scale:
        raise ValueError(f"sides must be multiples of {scale}, not {tuple(pixels.shape[2:])}")
    return _reduce_side(_reduce_side(pixels, scale, 2), scale, 3)


def _enlarge_side(pixels: Tensor, scale: int, side: int) -> Tensor:
    first, rows = _enlarging_taps(scale)
    count = pixels.shape[side]
    taps = len(rows[0])
    padded = _mirror(pixels, -first, first + taps - 1, side)
    phases = [
        _weighted(weights, [padded.narrow(side, tap, count) for tap in range(taps)])
        for weights in rows
    ]
    return torch.stack(phases, dim=side + 1).flatten(side, side + 1)


def _reduce_side(pixels: Tensor, scale: int, side: int) -> Tensor:
    first, weights = _reducing_taps(scale)
    count = pixels.shape[side] // scale
    padded = _mirror(pixels, -first, first + len(weights) - scale, side)
    reach = (count - 1) * scale + 1
    step = (slice(None),) * side + (slice(None, None, scale),)
    return _weighted(
        weights, [padded.narrow(side, tap, reach)[step] for tap in range(len(weights))]
    )


def _weighted(weights: tuple[float, ...], parts: list[Tensor]) -> Tensor:
    total = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total = total + weight * part
    return total


def _mirror(pixels: Tensor, before: int, after: int, side: int) -> Tensor:
    """Continue one side as a mirror that doubles the edge, however small the picture is."""
    count = pixels.shape[side]
    index = torch.arange(-before, count + after, device=pixels.device) % (2 * count)
    return pixels.index_select(side, torch.minimum(index, 2 * count - 1 - index))


@lru_cache
def _enlarging_taps(scale: int) -> tuple[int, tuple[tuple[float, ...], ...]]:
    """Return the first source pixel, counted from the own one, and weights for each phase."""
    first, last = -2, 2
    rows = []
    for phase in range(scale):
        centre = (phase + 0.5) / scale - 0.5
        weights = [_cubic(centre - tap) for tap in range(first, last + 1)]
        rows.append(tuple(weight / sum(weights) for weight in weights))
    return first, tuple(rows)


@lru_cache
def _reducing_taps(scale: int) -> tuple[int, tuple[float, ...]]:
    """Return the first source pixel, counted from the block's first, and the weights."""
    centre = (scale - 1) / 2
    first = math.floor(centre - 2 * scale) + 1  # the kernel is zero at its ends
    offsets = range(first, math.ceil(centre + 2 * scale))
    weights = [_cubic((tap - centre) / scale) for tap in offsets]
    return first, tuple(weight / sum(weights) for weight in weights)


def _cubic(distance: float) -> float:
    x = abs(distance)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return max(2 - x, 0.0) * (0.5 * x**2 - 1.5 * x + 1)
