from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.engines.colorization.learning import (
    ColourBatches,
    ColourLearning,
    ColourObjective,
    start_encoder,
)
from sr_studio.engines.colorization.prior import colour_prior, count_colours
from sr_studio.engines.training.pairs import Pair
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.jobs.progress import silent_context
from sr_studio.tensors.colour_bins import published_bins

SCHEDULE = TrainingSchedule(batch=3, seed=4)
RED = np.full((64, 90, 3), (200, 40, 40), np.uint8)
PICTURES = [Pair(None, RED)]


def batches(**changes: float) -> ColourBatches:
    return ColourBatches(PICTURES, 32, SCHEDULE, ColourLearning(**changes))


def test_a_batch_is_what_a_colorizer_reads_and_should_return() -> None:
    batch = batches(worn=0.0, no_hints=1.0)[0]
    assert batch.low_res.shape == (3, 4, 32, 32)
    assert batch.high_res.shape == (3, 2, 32, 32)
    lab = rgb_to_lab(RED.astype(np.float32) / 255)[0, 0]
    assert torch.allclose(batch.low_res[:, 0], torch.tensor(lab[0]), atol=1e-3)
    assert torch.allclose(batch.high_res[0, :, 5, 5], torch.from_numpy(lab[1:]), atol=1e-3)
    assert not batch.low_res[:, 1:].any()


def test_a_step_is_the_same_for_whoever_asks() -> None:
    once, again = batches()[7], batches()[7]
    assert torch.equal(once.low_res, again.low_res)
    assert not torch.equal(once.low_res, batches()[8].low_res)


def test_processes_share_a_batch() -> None:
    whole = batches()[2]
    parts = [batches().part(rank, 3)[2] for rank in range(3)]
    assert torch.equal(torch.cat([part.low_res for part in parts]), whole.low_res)


def test_worn_pictures_keep_their_colours() -> None:
    fresh, worn = batches(worn=0.0, no_hints=1.0)[0], batches(worn=1.0, no_hints=1.0)[0]
    assert not torch.equal(fresh.low_res, worn.low_res)
    assert torch.equal(fresh.high_res, worn.high_res)


def heads(bin_index: int, ab: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    logits = torch.zeros(1, 313, 4, 4)
    logits[:, bin_index] = 6.0
    return logits, torch.tensor(ab).reshape(1, 2, 1, 1).expand(1, 2, 4, 4)


def truth(ab: tuple[float, float]) -> torch.Tensor:
    return torch.tensor(ab).reshape(1, 2, 1, 1).expand(1, 2, 16, 16)


@pytest.mark.parametrize("rebalance", [False, True])
def test_the_right_colour_is_the_best(rebalance: bool) -> None:
    bins = published_bins()
    wanted = tuple(bins[150].tolist())
    loss = ColourObjective(bins, ColourLearning(rebalance=rebalance))
    right = loss(heads(150, wanted), truth(wanted))
    assert right < loss(heads(20, wanted), truth(wanted))
    assert right < loss(heads(150, (0.0, 0.0)), truth(wanted))
    assert loss.last_terms.keys() == {"regression", "classification"}


def test_each_head_is_compared_at_its_own_size() -> None:
    bins = published_bins()
    loss = ColourObjective(bins, ColourLearning())
    logits, ab = heads(20, (30.0, -10.0))
    halves = torch.cat([truth((60.0, 20.0))[..., :8], truth((0.0, 0.0))[..., :8]], -1)
    whole = ab.repeat(1, 1, 4, 4)
    assert whole.shape == halves.shape
    assert float(loss((logits, whole), halves)) == pytest.approx(float(loss((logits, ab), halves)))


def test_rebalancing_makes_errors_on_rare_colours_dearer() -> None:
    bins = published_bins()
    rare, common = (90.0, 70.0), (0.0, 10.0)
    plain = ColourObjective(bins, ColourLearning(regression=0.0, rebalance=False))
    balanced = ColourObjective(bins, ColourLearning(regression=0.0, rebalance=True))
    wrong = heads(0, (0.0, 0.0))
    assert balanced(wrong, truth(rare)) > 3 * plain(wrong, truth(rare))
    assert balanced(wrong, truth(common)) < plain(wrong, truth(common))


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="sharpness"):
        ColourLearning.from_table({"sharpness": 1})
    with pytest.raises(ValueError, match="worn"):
        ColourLearning.from_table({"worn": 2.0})


def test_an_encoder_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no efficientnet-lite0"):
        start_encoder(torch.nn.Linear(1, 1), "efficientnet-lite0", silent_context())


def test_the_prior_is_a_distribution_whose_most_common_colour_is_gray() -> None:
    bins = published_bins()
    prior = colour_prior(bins)
    assert float(prior.sum()) == pytest.approx(1, abs=1e-5)
    assert bins[prior.argmax()].tolist() == [0, 0]
    counted = count_colours(torch.tensor([[2.0, 1.0], [-1.0, 3.0], [61.0, 40.0]]))
    assert counted.sum() == 3
    assert counted.max() == 2
