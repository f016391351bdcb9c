"""How often each colour occurs in photographs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.resource_files import resource_folder
from sr_studio.tensors.colour_bins import encode_soft, published_bins, smooth_prior

if TYPE_CHECKING:
    from torch import Tensor


def colour_prior(bins: Tensor) -> Tensor:
    """Return the share of each bin, (Q,), which sums to 1; smoothed, on the device of the bins.

    Of the photos that the shipped colorizer has learned from, counted on the paper's bins.
    """
    counts = _counts()
    nearest = encode_soft(published_bins(), bins.cpu())[0][:, 0]
    own = torch.zeros(len(bins)).index_add(0, nearest, counts)
    return smooth_prior(own, bins.cpu()).to(bins.device)


def count_colours(ab: Tensor) -> Tensor:
    """Return how many of the colours (N, 2) are nearest to each of the paper's bins: (313,)."""
    nearest = encode_soft(ab, published_bins())[0][:, 0]
    return torch.bincount(nearest, minlength=len(published_bins())).float()


@cache
def _counts() -> Tensor:
    path = resource_folder() / "colorization" / "colour_counts.npy"
    return torch.from_numpy(np.load(path, allow_pickle=False)).float()
