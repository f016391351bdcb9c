from __future__ import annotations

import pytest
import torch

from sr_studio.models.dbpn import DBPN


@pytest.mark.parametrize(("scale", "count"), [(2, 5_953_526), (4, 10_426_358), (8, 23_205_878)])
def test_parameters_are_those_of_the_layers_of_the_paper(scale: int, count: int) -> None:
    """The survey rounds x4 to 10 M, which no layer of the paper can be left out to reach."""
    with torch.device("meta"):
        network = DBPN(scale)
    size = {2: 6, 4: 8, 8: 12}[scale]
    projections = 13 * 3 * (64 * 64 * size**2 + 64 + 1)  # weights, biases, PReLU
    fused = sum(2 * (64 * 64 * inputs + 64 + 1) for inputs in range(2, 7))
    ends = 3 * 256 * 9 + 256 + 1 + 256 * 64 + 64 + 1 + 7 * 64 * 3 * 9 + 3
    assert projections + fused + ends == count
    assert sum(parameter.numel() for parameter in network.parameters()) == count


def test_names_are_those_of_the_authors() -> None:
    with torch.device("meta"):
        names = set(DBPN(4).state_dict())
    assert {
        "feat0.conv.weight",
        "feat1.act.weight",
        "up1.up_conv1.deconv.weight",
        "up2.up_conv2.conv.bias",
        "down1.down_conv2.deconv.weight",
        "down6.conv.act.weight",
        "up7.conv.conv.weight",
        "up7.up_conv3.act.weight",
        "output_conv.conv.bias",
    } <= names
    assert not {"up2.conv.conv.weight", "down1.conv.conv.weight", "down7.conv.conv.weight"} & names
