from __future__ import annotations

import torch
from torch import Tensor

from sr_studio.models._weight_files import fill_network
from sr_studio.models.rcan import RCAN, from_basicsr


def basicsr_state(num_feat: int, squeezed: int) -> dict[str, Tensor]:
    """Random weights at x4 under the names of BasicSR's rcan_arch.py, ten groups of twenty."""
    shapes: dict[str, tuple[int, int, int]] = {"conv_first": (num_feat, 3, 3)}
    for group in range(10):
        for block in range(20):
            stem = f"body.{group}.residual_group.{block}.rcab"
            shapes[f"{stem}.0"] = shapes[f"{stem}.2"] = (num_feat, num_feat, 3)
            shapes[f"{stem}.3.attention.1"] = (squeezed, num_feat, 1)
            shapes[f"{stem}.3.attention.3"] = (num_feat, squeezed, 1)
        shapes[f"body.{group}.conv"] = (num_feat, num_feat, 3)
    shapes["conv_after_body"] = (num_feat, num_feat, 3)
    shapes["upsample.0"] = shapes["upsample.2"] = (4 * num_feat, num_feat, 3)
    shapes["conv_last"] = (3, num_feat, 3)
    state = {}
    for name, (out_channels, in_channels, size) in shapes.items():
        state[f"{name}.weight"] = torch.rand(out_channels, in_channels, size, size)
        state[f"{name}.bias"] = torch.rand(out_channels)
    return state


def test_weights_of_basicsr_fit() -> None:
    network = RCAN(4, num_feat=4, reduction=2)
    state = basicsr_state(4, 2)
    fill_network(network, state, label="basicsr", converts=(from_basicsr,))
    names = {
        "body.7.body.20.weight": "body.7.conv.weight",
        "body.10.bias": "conv_after_body.bias",
        "body.3.body.5.body.2.weight": "body.3.residual_group.5.rcab.2.weight",
        "body.9.body.19.body.3.conv_du.2.bias": "body.9.residual_group.19.rcab.3.attention.3.bias",
    }
    for name, theirs in names.items():
        assert torch.equal(network.state_dict()[name], state[theirs])


def test_other_weights_are_left_alone() -> None:
    state = RCAN(2, num_feat=2, reduction=2).state_dict()
    assert from_basicsr(state) is state
