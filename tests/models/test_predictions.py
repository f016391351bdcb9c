"""Networks that make several pictures on their way combine them as they say."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sr_studio.models._registry import all_models


def enlarged() -> Tensor:
    return torch.rand(2, 1, 6, 5, generator=torch.Generator().manual_seed(3))


def ensembles() -> list[tuple[str, nn.Module]]:
    with torch.device("meta"):
        built = {spec.id: spec.build(spec.scales[0]) for spec in all_models().values()}
    return [name for name, network in built.items() if hasattr(network, "ensemble")]


@pytest.mark.parametrize("model_id", ensembles())
def test_the_result_is_the_weighted_sum_of_the_predictions(model_id: str) -> None:
    torch.manual_seed(0)
    network = all_models()[model_id].build(2).eval().requires_grad_(requires_grad=False)
    network.to(memory_format=torch.channels_last)  # as the engines run it
    weights = torch.rand(len(network.ensemble))
    network.ensemble.copy_(weights.view_as(network.ensemble))
    predictions = network.pictures(enlarged())[:-1]
    assert len(predictions) == len(weights)
    expected = sum(weight * each for weight, each in zip(weights, predictions, strict=True))
    torch.testing.assert_close(network(enlarged()), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("model_id", ensembles())
def test_every_prediction_can_be_supervised(model_id: str) -> None:
    network = all_models()[model_id].build(2)
    predictions = network.pictures(enlarged())[:-1]
    for number, prediction in enumerate(predictions):
        network.zero_grad()
        prediction.mean().backward(retain_graph=number + 1 < len(predictions))
        first_layer = next(each for each in network.modules() if isinstance(each, nn.Conv2d))
        assert first_layer.weight.grad is not None
        assert first_layer.weight.grad.abs().sum() > 0


def test_fused_networks_are_summed_after_a_convolution_each() -> None:
    torch.manual_seed(0)
    network = all_models()["cnf"].build(2).eval().requires_grad_(requires_grad=False)
    predictions = network.pictures(enlarged())[:-1]
    fused = sum(fusion(each) for fusion, each in zip(network.fusions, predictions, strict=True))
    torch.testing.assert_close(network(enlarged()), fused)
