from __future__ import annotations

import numpy as np
import torch
from torch import nn

from sr_studio.engines.training.pairs import CropBatches, Pair, ScalePairs
from sr_studio.engines.training.scale_family import ScaleFamily, weights_at
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.engines.training.train import Training
from sr_studio.jobs.progress import silent_context


class Scaled(nn.Module):
    def __init__(self, scale: int) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(1, 4, 3, padding=1)
        self.tail = nn.Sequential(nn.Conv2d(4, scale**2, 3, padding=1), nn.PixelShuffle(scale))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.tail(self.trunk(x))


def family() -> ScaleFamily:
    torch.manual_seed(0)
    return ScaleFamily({scale: Scaled(scale) for scale in (2, 3)})


def test_the_trunk_is_shared_and_the_tails_are_not() -> None:
    both = family()
    assert both.at(2).trunk.weight is both.at(3).trunk.weight
    assert both.at(2).tail[0].weight.shape != both.at(3).tail[0].weight.shape
    assert both(torch.zeros(1, 1, 4, 5), 3).shape == (1, 1, 12, 15)
    count = sum(parameter.numel() for parameter in both.parameters())
    single = [sum(p.numel() for p in Scaled(scale).parameters()) for scale in (2, 3)]
    assert count == sum(single) - (4 * 9 + 4)


def test_trained_together_each_scale_gets_weights_of_its_own_network() -> None:
    random = np.random.default_rng(0)
    low_res = random.integers(0, 256, (20, 20, 1), dtype=np.uint8)
    by_scale = {
        scale: ScalePairs([Pair(low_res, low_res.repeat(scale, 0).repeat(scale, 1))], scale, 8)
        for scale in (2, 3)
    }
    schedule = TrainingSchedule(steps=300, batch=4, learning_rate=1e-2, warm_up=5, ema_decay=0.9)
    batches = CropBatches(by_scale, schedule)
    result = Training(family(), batches, schedule, context=silent_context()).run()
    trunks = []
    for scale in (2, 3):
        network = Scaled(scale)
        network.load_state_dict(weights_at(result.weights, scale))
        enlarged = network(torch.from_numpy(low_res / 255.0).float().permute(2, 0, 1)[None])
        truth = by_scale[scale].pairs[0].high_res[..., 0] / 255.0
        assert np.abs(enlarged.detach().numpy()[0, 0] - truth).mean() < 0.05
        trunks.append(network.trunk.weight)
    assert torch.equal(*trunks)
