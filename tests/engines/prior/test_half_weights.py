"""Half-precision convolutions with full weights behind them."""

from __future__ import annotations

import torch
from torch import nn

from sr_studio.engines.prior.half_weights import HalfWeights


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Conv2d(8, 3, 1))


def test_full_precision_changes_nothing() -> None:
    network = _network()
    weights = HalfWeights(network, torch.float32)
    assert {id(each) for each in weights.fitted} == {id(each) for each in network.parameters()}


def test_small_steps_are_not_rounded_away() -> None:
    network = _network()
    weights = HalfWeights(network, torch.bfloat16)
    first = network.get_parameter("0.weight")
    assert first.dtype == torch.bfloat16
    assert network[1].weight.dtype == torch.float32
    before = first.detach().float().clone()
    optimiser = torch.optim.SGD(weights.fitted, lr=1.0)
    for _ in range(100):
        optimiser.zero_grad()
        first.grad = torch.full_like(first, -1e-4)  # far below half a step of bf16 at 0.1
        weights.take_gradients()
        optimiser.step()
        weights.push()
    moved = first.detach().float() - before
    assert abs(moved.mean().item() - 0.01) < 1e-3


def test_frozen_layers_stay_frozen() -> None:
    network = _network()
    network[0].requires_grad_(requires_grad=False)
    weights = HalfWeights(network, torch.bfloat16)
    assert len(weights.fitted) == 4
    assert network[0].weight.dtype == torch.bfloat16
