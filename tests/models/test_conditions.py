"""Networks are told what they can be told, and nothing else."""

from __future__ import annotations

import pytest
import torch

from sr_studio.errors import InvalidRequest
from sr_studio.models._conditions import (
    NOTHING_TOLD,
    Conditioned,
    Conditions,
    apply_conditions,
    check_conditions,
)
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec

TOLD = [spec for spec in all_models().values() if spec.conditions]
OTHERS = [spec for spec in all_models().values() if not spec.conditions]
SOME = {"blur_sigma": 0.9, "noise_sigma": 15.0}


@pytest.mark.parametrize("spec", TOLD, ids=lambda spec: spec.id)
def test_each_condition_changes_the_result_and_can_be_taken_back(spec: ModelSpec) -> None:
    torch.manual_seed(0)
    network = spec.build(spec.scales[0]).eval().requires_grad_(requires_grad=False)
    assert isinstance(network, Conditioned)
    picture = torch.rand(1, 1 if spec.channels == "y" else 3, 6, 7)
    before = network(picture)
    for name in spec.conditions:
        apply_conditions(spec, network, Conditions(**{name: SOME[name]}))
        assert not torch.equal(network(picture), before)
        network.condition(NOTHING_TOLD)
        assert torch.equal(network(picture), before)


@pytest.mark.parametrize("spec", OTHERS, ids=lambda spec: spec.id)
@pytest.mark.parametrize("name", ["blur_sigma", "noise_sigma"])
def test_others_refuse_in_one_sentence(spec: ModelSpec, name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"cannot be told the (blur|noise) of a picture"):
        check_conditions(spec, Conditions(**{name: 1.0}))


def test_the_noise_free_network_is_not_told_of_noise() -> None:
    spec = all_models()["srmdnf"]
    check_conditions(spec, Conditions(blur_sigma=1.0))
    with pytest.raises(InvalidRequest, match="SRMDNF cannot be told the noise"):
        check_conditions(spec, Conditions(blur_sigma=1.0, noise_sigma=0.0))
