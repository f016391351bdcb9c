"""MATLAB's bicubic `imresize` on tensors, for networks that have it among their layers."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def resize_bicubic(image: Tensor, numerator: int, denominator: int = 1) -> Tensor:
    """Resize by numerator / denominator, as `imaging.resize.imresize` does on floats.

    torch's own bicubic differs: a = -0.75 and repeated edges, or cut kernels at the edges where it
    is antialiased. Products and sums, no convolution: autocast leaves them in full precision.

    Args:
        image: (B, C, H, W), any range; H and W are multiples of the denominator.
        numerator: of the factor.
        denominator: of the factor, in lowest terms.

    Returns:
        (B, C, H * numerator / denominator, W * numerator / denominator) on the same device, fp32
        (fp64 where `image` is), neither clamped nor rounded.
    """
    image = image.to(torch.promote_types(image.dtype, torch.float32))
    columns = _resize_rows(image.transpose(2, 3), numerator, denominator).transpose(2, 3)
    return _resize_rows(columns, numerator, denominator)


def _resize_rows(image: Tensor, numerator: int, denominator: int) -> Tensor:
    """Resize along the last axis: the weights repeat every `numerator` result pixels."""
    phases = _phases(numerator, denominator)
    before = max(-min(first for first, _ in phases), 0)
    last = max(first + len(weights) - 1 for first, weights in phases)
    after = max(last - (denominator - 1), 0)
    length = image.shape[3]
    mirrored = torch.arange(-before, length + after, device=image.device) % (2 * length)
    mirrored = torch.where(mirrored < length, mirrored, 2 * length - 1 - mirrored)
    padded = image.index_select(3, mirrored)
    resized = []
    for first, weights in phases:
        start = first + before
        stop = start + length - denominator + 1
        taps = (
            weight * padded[..., start + tap : stop + tap : denominator]
            for tap, weight in enumerate(weights)
        )
        resized.append(sum(taps, start=torch.zeros((), dtype=image.dtype, device=image.device)))
    return torch.stack(resized, dim=4).flatten(3)  # (B, C, H, W / denominator * numerator)


@lru_cache
def _phases(numerator: int, denominator: int) -> tuple[tuple[int, tuple[float, ...]], ...]:
    """For each result pixel of a period: its first source pixel, and the weights from there on."""
    scale = numerator / denominator
    stretch = min(scale, 1.0)  # the kernel is widened when reducing
    half_width = 2 / stretch
    phases = []
    for phase in range(numerator):
        centre = (phase + 0.5) / scale - 0.5
        first, last = math.ceil(centre - half_width), math.floor(centre + half_width)
        weights = [_cubic(stretch * (centre - source)) for source in range(first, last + 1)]
        total = sum(weights)
        phases.append((first, tuple(weight / total for weight in weights)))
    return tuple(phases)


def _cubic(distance: float) -> float:
    """Keys' kernel with a = -0.5."""
    x = abs(distance)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    if x <= 2:
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return 0.0
