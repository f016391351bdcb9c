"""The colours of CIE Lab that a screen can show, in bins; and distributions over the bins.

Richard Zhang, Phillip Isola, Alexei A. Efros: "Colorful Image Colorization", ECCV 2016,
https://arxiv.org/abs/1603.08511, section 2.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

GRID = 10  # units of a and b
MOST_AB = 110
PUBLISHED_BINS = 313
_LEVELS = 256  # of a channel, on the gamut's surface
_NEAREST = 5
_SIGMA = 5.0  # units of a and b
# beside the corners of the cells that hold a colour, the published array has these
_BESIDES = ((40, 90), (100, -90), (100, -10), (100, 0))
_COLDEST = 1e-3  # a temperature below it is the mode


@cache
def published_bins() -> Tensor:
    """Return the paper's 313 bins, (313, 2) float32 of a and b, ordered by a and then by b.

    The corners of those cells of a grid at 10 units in which lies a colour of sRGB (D65), and four
    more; equal to the published `pts_in_hull.npy`.
    """
    from skimage.color import rgb2lab

    level = np.linspace(0.0, 1.0, _LEVELS)
    one, other = np.meshgrid(level, level)
    # all that a solid throws a shadow on, its surface does
    surface = np.concatenate(
        [
            np.roll(np.stack([np.full_like(one, end), one, other], -1), axis, -1)
            for end in (0.0, 1.0)
            for axis in range(3)
        ]
    )
    cells = rgb2lab(surface)[..., 1:].reshape(-1, 2) / GRID
    reach = MOST_AB // GRID
    is_corner = np.zeros((2 * reach + 1, 2 * reach + 1), bool)
    for side_a in (np.floor, np.ceil):
        for side_b in (np.floor, np.ceil):
            rows, columns = side_a(cells[:, 0]).astype(int), side_b(cells[:, 1]).astype(int)
            is_corner[rows + reach, columns + reach] = True
    corners = {(int(a), int(b)) for a, b in (np.argwhere(is_corner) - reach) * GRID}
    # by numpy: networks that are built without memory must find numbers here
    return torch.from_numpy(np.array(sorted(corners | set(_BESIDES)), np.float32))


@cache
def square_bins() -> Tensor:
    """Return the whole grid, (529, 2): the bins of the 2017 paper's network, by a and then by b."""
    axis = np.arange(-MOST_AB, MOST_AB + 1, GRID, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    return torch.from_numpy(grid.reshape(-1, 2))


def encode_soft(ab: Tensor, bins: Tensor) -> tuple[Tensor, Tensor]:
    """Spread each colour over its five nearest bins, by a Gaussian of 5 units (section 2.2).

    Args:
        ab: (..., 2), units of a and b.
        bins: (Q, 2), on the same device.

    Returns:
        indices (..., 5), nearest first, and their shares (..., 5), which sum to 1.
    """
    square_distances, indices = (
        torch.cdist(ab.reshape(-1, 2), bins).square().topk(_NEAREST, largest=False)
    )
    shares = torch.exp(square_distances / (-2 * _SIGMA**2))
    shares = shares / shares.sum(-1, keepdim=True)
    shape = (*ab.shape[:-1], _NEAREST)
    return indices.reshape(shape), shares.reshape(shape)


def rebalancing_weights(prior: Tensor, *, uniform_share: float = 0.5) -> Tensor:
    """Return what a pixel counts by the bin of its colour: rare colours more (equation 4).

    Args:
        prior: (Q,), how often each bin occurs, smoothed; sums to 1.
        uniform_share: lambda, of a uniform distribution mixed with it.

    Returns:
        (Q,), whose mean over the prior is 1.
    """
    weights = 1 / ((1 - uniform_share) * prior + uniform_share / len(prior))
    return weights / (prior * weights).sum()


def smooth_prior(counts: Tensor, bins: Tensor) -> Tensor:
    """Return how often each bin occurs, smoothed over the ab plane by a Gaussian of 5 units.

    Args:
        counts: (Q,), of colours whose nearest bin it is, or shares of them.
        bins: (Q, 2).

    Returns:
        (Q,), float32, sums to 1.
    """
    kernel = torch.exp(torch.cdist(bins, bins).square() / (-2 * _SIGMA**2)).double()
    kernel = kernel / kernel.sum(0)  # what leaves a bin arrives at others
    smoothed = kernel @ (counts.double() / counts.double().sum())
    return (smoothed / smoothed.sum()).float()


def annealed_mean(logits: Tensor, bins: Tensor, temperature: float = 0.38) -> Tensor:
    """Return the mean colour of a distribution made colder (equation 5).

    Args:
        logits: (B, Q, h, w), log z up to a constant.
        bins: (Q, 2).
        temperature: 1 is the mean, 0 the mode; 0.38 is the paper's choice.

    Returns:
        (B, 2, h, w), units of a and b.
    """
    if temperature < _COLDEST:
        return bins[logits.argmax(1)].permute(0, 3, 1, 2)
    shares = torch.softmax(logits / temperature, 1)
    return torch.einsum("bqhw,qc->bchw", shares, bins.to(shares.dtype))
