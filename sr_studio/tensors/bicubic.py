"""MATLAB's bicubic `imresize` by a ratio of whole numbers, on tensors and differentiable.

The same sums as `sr_studio.imaging.resize`, for networks that enlarge or reduce within themselves.
They are products and sums, no convolution, so that autocast leaves them in full precision.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from sr_studio.tensors.mirror import mirror_side

if TYPE_CHECKING:
    from torch import Tensor


def enlarge_bicubic(pixels: Tensor, scale: int) -> Tensor:
    """Enlarge by Keys' kernel (a = -0.5), the picture mirrored beyond its edge.

    Args:
        pixels: (B, C, H, W), float, any range.
        scale: whole factor.

    Returns:
        (B, C, H*scale, W*scale), fp32 or finer, same device, not clamped.
    """
    return resize_bicubic(pixels, scale, 1)


def reduce_bicubic(pixels: Tensor, scale: int) -> Tensor:
    """Reduce with antialiasing: the kernel is `scale` times as wide.

    Args:
        pixels: (B, C, H, W), float, any range; sides that are multiples of `scale`.
        scale: whole divisor.

    Returns:
        (B, C, H/scale, W/scale), fp32 or finer, same device, not clamped.
    """
    return resize_bicubic(pixels, 1, scale)


def resize_bicubic(pixels: Tensor, numerator: int, denominator: int) -> Tensor:
    """Resize by numerator / denominator, with antialiasing where that reduces.

    Args:
        pixels: (B, C, H, W), float, any range; sides that are multiples of `denominator`.
        numerator: of the factor.
        denominator: of the factor, in lowest terms.

    Returns:
        (B, C, H*numerator/denominator, W*numerator/denominator), fp32 or finer (half precision is
        resized in fp32), same device, not clamped.
    """
    if pixels.shape[2] % denominator or pixels.shape[3] % denominator:
        raise ValueError(f"sides must be multiples of {denominator}, not {tuple(pixels.shape[2:])}")
    pixels = pixels.to(torch.promote_types(pixels.dtype, torch.float32))
    resized = _resize_side(pixels, numerator, denominator, 2)
    return _resize_side(resized, numerator, denominator, 3)


def _resize_side(pixels: Tensor, numerator: int, denominator: int, side: int) -> Tensor:
    """Resize one side: its weights repeat with every `denominator` pixels of the source."""
    first, rows = _taps(numerator, denominator)
    count = pixels.shape[side] // denominator
    taps = len(rows[0])
    padded = mirror_side(pixels, -first, first + taps - denominator, side)
    reach = (count - 1) * denominator + 1
    step = (slice(None),) * side + (slice(None, None, denominator),)
    parts = [padded.narrow(side, tap, reach)[step] for tap in range(taps)]
    phases = [_weighted(weights, parts) for weights in rows]
    return torch.stack(phases, dim=side + 1).flatten(side, side + 1)


def _weighted(weights: tuple[float, ...], parts: list[Tensor]) -> Tensor:
    total = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total = total + weight * part
    return total


@lru_cache
def _taps(numerator: int, denominator: int) -> tuple[int, tuple[tuple[float, ...], ...]]:
    """Return the first source pixel, counted from the period's first, and weights per phase."""
    scale = numerator / denominator
    stretch = min(scale, 1.0)  # the kernel is widened when reducing
    centres = [(phase + 0.5) / scale - 0.5 for phase in range(numerator)]
    first = math.ceil(centres[0] - 2 / stretch)
    taps = range(first, math.floor(centres[-1] + 2 / stretch) + 1)
    rows = []
    for centre in centres:
        weights = [_cubic(stretch * (centre - tap)) for tap in taps]
        rows.append(tuple(weight / sum(weights) for weight in weights))
    return first, tuple(rows)


def _cubic(distance: float) -> float:
    x = abs(distance)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return max(2 - x, 0.0) * (0.5 * x**2 - 1.5 * x + 1)
