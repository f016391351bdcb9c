from __future__ import annotations

import torch

from sr_studio.models.esrgan import Discriminator
from sr_studio.models.rrdbnet import RRDBNet


def test_the_discriminator_gives_one_logit_a_crop_and_teaches_the_crop() -> None:
    torch.manual_seed(4)
    crops = torch.rand(2, 3, 128, 128, requires_grad=True)
    logits = Discriminator(num_feat=8).eval()(crops)
    assert logits.shape == (2, 1)
    logits[0].backward()
    assert crops.grad is not None
    assert crops.grad[0].abs().max() > 0
    assert crops.grad[1].abs().max() == 0


def test_the_discriminator_has_the_names_of_basicsr() -> None:
    with torch.device("meta"):
        state = Discriminator().state_dict()
    stages = range(5)
    convolutions = {f"conv{stage}_{number}" for stage in stages for number in (0, 1)}
    norms = {f"bn{stage}_{number}" for stage in stages for number in (0, 1)} - {"bn0_0"}
    assert {name.split(".")[0] for name in state} == convolutions | norms | {"linear1", "linear2"}
    assert state["linear1.weight"].shape == (100, 512 * 4 * 4)
    assert [name for name in state if name.startswith("conv") and name.endswith("bias")] == [
        "conv0_0.bias"
    ]


def test_x2_sees_four_pixels_at_once() -> None:
    """The picture at half the size, each pixel with the three that it stands for."""
    torch.manual_seed(5)
    network = RRDBNet(num_feat=4, num_block=1, num_grow_ch=2, scale=2).eval()
    assert network.conv_first.in_channels == 12
    picture = torch.rand(1, 3, 5, 7)
    even = torch.nn.functional.pad(picture, (0, 1, 0, 1), mode="replicate")
    with torch.inference_mode():
        result = network(picture)
        assert result.shape == (1, 3, 10, 14)
        assert torch.equal(result, network(even)[..., :10, :14])
