from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from sr_studio.tensors.colour_bins import (
    PUBLISHED_BINS,
    annealed_mean,
    encode_soft,
    published_bins,
    rebalancing_weights,
    smooth_prior,
    square_bins,
)

DATA = Path(os.environ.get("SR_STUDIO_DATA", Path(__file__).parents[3] / "shared" / "data"))
PUBLISHED = DATA / "colorization" / "pts_in_hull.npy"


def test_the_bins_are_those_of_the_paper() -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published array is not here")
    assert np.array_equal(published_bins().numpy(), np.load(PUBLISHED))


def test_there_are_as_many_bins_as_in_the_papers() -> None:
    assert published_bins().shape == (PUBLISHED_BINS, 2) == (313, 2)
    assert square_bins().shape == (529, 2)


def test_bins_are_numbers_also_where_networks_are_built_without_memory() -> None:
    published_bins.cache_clear()
    with torch.device("meta"):
        assert published_bins().device.type == "cpu"


def test_a_soft_encoding_decodes_to_its_colour() -> None:
    """Inside the gamut the five nearest bins lie around the colour."""
    ab = torch.tensor([[3.0, -4.0], [21.0, 38.0], [-33.0, 12.0]])
    indices, shares = encode_soft(ab, published_bins())
    assert shares.sum(-1) == pytest.approx([1, 1, 1])
    mean = (published_bins()[indices] * shares[..., None]).sum(1)
    assert (mean - ab).abs().max() < 2.5


def test_the_soft_encoding_is_a_gaussian_of_five_units() -> None:
    indices, shares = encode_soft(torch.tensor([10.0, 20.0]), published_bins())
    assert published_bins()[indices[0]].tolist() == [10, 20]
    # the four others are 10 away: exp(-100 / 50) each
    assert shares[0].item() == pytest.approx(1 / (1 + 4 * math.exp(-2)), rel=1e-5)


def test_annealing_goes_from_the_mean_to_the_mode() -> None:
    bins = published_bins()
    chances = torch.zeros(len(bins)) + 1e-9
    first, second = 100, 200
    chances[first], chances[second] = 0.6, 0.4
    logits = chances.log()[None, :, None, None]
    mean = annealed_mean(logits, bins, 1.0)[0, :, 0, 0]
    assert torch.allclose(mean, 0.6 * bins[first] + 0.4 * bins[second], atol=1e-3)
    assert torch.equal(annealed_mean(logits, bins, 0.0)[0, :, 0, 0], bins[first])
    paper = annealed_mean(logits, bins)[0, :, 0, 0]
    cold, warm = (paper - bins[first]).norm(), (mean - bins[first]).norm()
    assert 0 < cold < warm


def test_rare_colours_count_more_and_the_mean_weight_is_one() -> None:
    prior = torch.tensor([0.7, 0.2, 0.1])
    weights = rebalancing_weights(prior)
    assert weights[0] < weights[1] < weights[2]
    assert float((weights * prior).sum()) == pytest.approx(1)
    assert rebalancing_weights(prior, uniform_share=1.0) == pytest.approx(torch.ones(3))


def test_a_smoothed_prior_keeps_its_sum_and_reaches_neighbours() -> None:
    bins = published_bins()
    middle = int((bins == torch.tensor([0.0, 0.0])).all(1).nonzero()[0, 0])
    beside = int((bins == torch.tensor([0.0, 10.0])).all(1).nonzero()[0, 0])
    counts = torch.zeros(len(bins))
    counts[middle] = 5
    prior = smooth_prior(counts, bins)
    assert float(prior.sum()) == pytest.approx(1)
    assert prior[middle] > prior[beside] > 0.01
