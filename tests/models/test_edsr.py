from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sr_studio.models._weight_files import fill_network
from sr_studio.models.edsr import EDSR, MeanShift, from_basicsr


def basicsr_state(num_block: int, num_feat: int, steps: tuple[int, ...]) -> dict[str, Tensor]:
    """Random weights under the names of BasicSR's edsr_arch.py."""
    shapes = {
        "conv_first": (num_feat, 3),
        **{
            f"body.{block}.conv{number}": (num_feat, num_feat)
            for block in range(num_block)
            for number in (1, 2)
        },
        "conv_after_body": (num_feat, num_feat),
        **{
            f"upsample.{2 * number}": (num_feat * step**2, num_feat)
            for number, step in enumerate(steps)
        },
        "conv_last": (3, num_feat),
    }
    state = {}
    for name, shape in shapes.items():
        state[f"{name}.weight"] = torch.rand(*shape, 3, 3)
        state[f"{name}.bias"] = torch.rand(shape[0])
    return state


@pytest.mark.parametrize(("scale", "steps"), [(2, (2,)), (3, (3,)), (4, (2, 2))])
def test_weights_of_basicsr_fit(scale: int, steps: tuple[int, ...]) -> None:
    network = EDSR(scale, num_block=3, num_feat=4)
    state = basicsr_state(3, 4, steps)
    with torch.no_grad():
        network.sub_mean.bias += 1
    fill_network(network, state, label="basicsr", converts=(from_basicsr,))
    assert torch.equal(network.body[3].weight, state["conv_after_body.weight"])
    assert torch.equal(network.body[1].body[2].bias, state["body.1.conv2.bias"])
    assert torch.equal(network.tail[1].weight, state["conv_last.weight"])
    assert torch.equal(network.sub_mean.bias, MeanShift(-1).bias)


def test_other_weights_are_left_alone() -> None:
    state = EDSR(2, num_block=1, num_feat=4).state_dict()
    assert from_basicsr(state) is state


def test_a_network_of_zeros_gives_the_mean_colour() -> None:
    network = EDSR(2, num_block=1, num_feat=4)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "mean" not in name:
                parameter.zero_()
        colour = network(torch.rand(1, 3, 4, 5) * 255)[0, :, 0, 0]
    torch.testing.assert_close(colour / 255, torch.tensor([0.4488, 0.4371, 0.4040]))
