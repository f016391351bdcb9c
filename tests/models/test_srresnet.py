from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sr_studio.models._weight_files import fill_network
from sr_studio.models.srresnet import Discriminator, SRResNet, from_lornatang


def lornatang_names(state: dict[str, Tensor], num_block: int, steps: int) -> dict[str, Tensor]:
    renamed = {}
    for name, tensor in state.items():
        stem, rest = name.split(".", 1)
        number = int(stem.removeprefix("block"))
        if number == 1:
            renamed[f"conv_block1.{rest}"] = tensor
        elif number <= num_block + 1:
            part, key = rest.split(".")
            place = ["conv1", "bn1", "prelu", "conv2", "bn2"].index(part)
            renamed[f"trunk.{number - 2}.rcb.{place}.{key}"] = tensor
        elif number == num_block + 2:
            renamed[f"conv_block2.{rest}"] = tensor
        elif rest.startswith(f"{steps}."):
            renamed[f"conv_block3.{rest.split('.')[1]}"] = tensor
        else:
            step, part, key = rest.split(".")
            place = {"conv": 0, "prelu": 2}[part]
            renamed[f"upsampling.{step}.upsample_block.{place}.{key}"] = tensor
    return renamed


@pytest.mark.parametrize(("scale", "steps"), [(2, 1), (4, 2), (8, 3)])
def test_weights_of_lornatang_fit(scale: int, steps: int) -> None:
    torch.manual_seed(2)
    network, again = (SRResNet(scale, num_block=3, num_feat=4).eval() for _ in range(2))
    theirs = lornatang_names(network.state_dict(), 3, steps)
    assert len(theirs) == len(network.state_dict())
    fill_network(again, theirs, label="lornatang", converts=(from_lornatang,))
    picture = torch.rand(1, 3, 4, 5)
    with torch.inference_mode():
        assert torch.equal(again(picture), network(picture))


def test_other_weights_are_left_alone() -> None:
    state = SRResNet(2, num_block=1, num_feat=4).state_dict()
    assert from_lornatang(state) is state


def test_old_files_get_the_counters_of_normalisation() -> None:
    network = SRResNet(2, num_block=1, num_feat=4)
    state = {n: t + 1 for n, t in network.state_dict().items() if "tracked" not in n}
    fill_network(network, state, label="old")
    assert torch.equal(network.state_dict()["block2.bn1.running_var"], torch.full((4,), 2.0))


def test_the_first_release_stays_between_black_and_white() -> None:
    torch.manual_seed(3)
    network = SRResNet(2, 5, is_first_release=True).eval()
    with torch.inference_mode():
        result = network(torch.rand(1, 3, 6, 6) * 100 - 50)
    assert result.min() >= 0
    assert result.max() <= 1


def test_the_discriminator_gives_one_logit_a_crop_and_teaches_the_crop() -> None:
    torch.manual_seed(4)
    crops = torch.rand(2, 3, 96, 96, requires_grad=True)
    logits = Discriminator().eval()(crops)
    assert logits.shape == (2, 1)
    logits[0].backward()
    assert crops.grad is not None
    assert crops.grad[0].abs().max() > 0
    assert crops.grad[1].abs().max() == 0
