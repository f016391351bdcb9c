from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from sr_studio.engines.training.adversary import Adversary, AdversarySettings
from sr_studio.engines.training.pairs import CropBatches, Pair, ScalePairs
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.engines.training.train import Training, TrainingResult
from sr_studio.errors import InvalidRequest
from sr_studio.jobs.progress import silent_context

SCHEDULE = TrainingSchedule(steps=6, batch=2, patch_px=16, warm_up=1)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2))


def run(settings: AdversarySettings, state: dict | None = None, steps: int = 6) -> TrainingResult:
    random = np.random.default_rng(0)
    low_res = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    pair = Pair(low_res, low_res.repeat(2, 0).repeat(2, 1))
    adversary = Adversary(settings, seed=1)
    schedule = TrainingSchedule(steps=steps, batch=2, patch_px=16, warm_up=1, decay="constant")
    return Training(
        network(),
        CropBatches({2: ScalePairs([pair], 2, 16)}, schedule),
        schedule,
        context=silent_context(),
        adversary=adversary,
        state=state,
    ).run()


@pytest.mark.parametrize("kind", ["standard", "relativistic"])
def test_the_discriminator_learns_and_moves_the_network(kind: str) -> None:
    without = run(AdversarySettings(kind=kind, weight=0.0))
    result = run(AdversarySettings(kind=kind, weight=1.0))
    assert not torch.equal(result.weights["0.weight"], without.weights["0.weight"])
    fresh = Adversary(AdversarySettings(kind=kind), seed=1)
    before = fresh._judge.state_dict()["layers.0.bias"]
    assert not torch.equal(result.state["adversary"]["judge"]["layers.0.bias"], before)


def test_a_resumed_game_equals_an_uninterrupted_one() -> None:
    settings = AdversarySettings(weight=1.0)
    whole, half = run(settings), run(settings, steps=3)
    again = run(settings, state=half.state)
    assert again.steps == 6
    assert torch.equal(again.weights["0.weight"], whole.weights["0.weight"])
    for name, value in whole.state["adversary"]["judge"].items():
        assert torch.equal(again.state["adversary"]["judge"][name], value)


def test_no_gradient_of_the_network_reaches_the_discriminator() -> None:
    adversary = Adversary(AdversarySettings(), seed=0)
    restored = torch.rand(1, 3, 32, 32, requires_grad=True)
    loss = adversary.loss(restored, torch.rand(1, 3, 32, 32))
    assert math.isfinite(float(loss.detach()))
    loss.backward()
    assert restored.grad is not None
    assert all(parameter.grad is None for parameter in adversary._judge.parameters())
    assert all(parameter.requires_grad for parameter in adversary._judge.parameters())


@pytest.mark.parametrize(
    ("table", "words"),
    [({"kind": "hinge"}, "hinge"), ({"discriminator": "vgg"}, "vgg"), ({"wieght": 1}, "wieght")],
)
def test_a_bad_table_is_said(table: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        AdversarySettings.from_table(table)


def test_a_discriminator_of_one_size_refuses_others() -> None:
    settings = AdversarySettings.from_table({"discriminator": "srgan"})
    settings.check_crop(96)
    with pytest.raises(InvalidRequest, match="96 px"):
        settings.check_crop(64)
