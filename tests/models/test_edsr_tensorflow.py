from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sr_studio.models._edsr_tensorflow import _MEAN_RGB, from_tensorflow
from sr_studio.models._weight_files import fill_network

NUM_FEAT, NUM_BLOCK = 16, 2


def random_edsr(scale: int) -> dict[str, torch.Tensor]:
    """Tensors as the .pb files of https://github.com/Saafke/EDSR_Tensorflow hold them."""
    generator = torch.Generator().manual_seed(scale)
    sizes = {f"resFilter{n}": (f"resBias{n}", NUM_FEAT, NUM_FEAT) for n in range(2 * NUM_BLOCK)}
    sizes |= {"resFilter_one": ("BiasOne", NUM_FEAT, 3), "resFilter_two": ("BiasTwo", NUM_FEAT, NUM_FEAT)}  # fmt: skip
    sizes |= {"resFilter_three": ("BiasThree", 3 * scale**2, NUM_FEAT)}
    tensors = {}
    for name, (bias, out, into) in sizes.items():
        tensors[name] = torch.randn(out, into, 3, 3, generator=generator) * 0.1
        tensors[bias] = torch.randn(out, generator=generator)
    return tensors


def run_as_written(tensors: dict[str, torch.Tensor], rgb: torch.Tensor, scale: int) -> torch.Tensor:
    """The network of its edsr.py and run.py: blue first, the mean taken off and put back."""

    def conv(image: torch.Tensor, name: str, bias: str) -> torch.Tensor:
        return F.conv2d(image, tensors[name], tensors[bias], padding=1)

    mean = torch.tensor(_MEAN_RGB).flip(0).view(1, 3, 1, 1)
    first = features = conv(rgb.flip(1) - mean, "resFilter_one", "BiasOne")
    for n in range(0, 2 * NUM_BLOCK, 2):
        inner = conv(features, f"resFilter{n}", f"resBias{n}").relu()
        features = features + 0.1 * conv(inner, f"resFilter{n + 1}", f"resBias{n + 1}")
    features = conv(features, "resFilter_two", "BiasTwo") + first
    pixels = conv(features, "resFilter_three", "BiasThree")
    batch, _, height, width = pixels.shape
    # depth_to_space of TensorFlow: row and column within the pixel first, the colour last
    split = pixels.view(batch, scale, scale, 3, height, width).permute(0, 3, 4, 1, 5, 2)
    return (split.reshape(batch, 3, height * scale, width * scale) + mean).flip(1)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_an_edsr_of_opencv_runs_as_it_does_there(scale: int) -> None:
    edsr = pytest.importorskip("sr_studio.models.edsr", reason="EDSR is not among the networks")
    network = edsr.EDSR(scale, num_block=NUM_BLOCK, num_feat=NUM_FEAT)
    tensors = random_edsr(scale)
    fill_network(network, tensors, label="edsr", converts=(from_tensorflow,))
    rgb = torch.rand(1, 3, 7, 9) * 255
    with torch.inference_mode():
        expected = run_as_written(tensors, rgb, scale)
        torch.testing.assert_close(network(rgb), expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_names_and_shapes_are_those_of_edsr_pytorch(scale: int) -> None:
    converted = from_tensorflow(random_edsr(scale))
    step = 2 if scale == 4 else scale
    assert converted["tail.0.0.weight"].shape == (NUM_FEAT * step**2, NUM_FEAT, 3, 3)
    assert ("tail.0.2.weight" in converted) == (scale == 4)
    assert converted["tail.1.weight"].shape == (3, NUM_FEAT, 3, 3)
    assert {
        "sub_mean.bias",
        "head.0.weight",
        "body.1.body.2.bias",
        "body.2.weight",
    } <= converted.keys()


@pytest.mark.parametrize(
    "tensors", [{}, {"resFilter0": torch.ones(1), "resFilter1": torch.ones(1)}]
)
def test_what_is_foreign_is_left_alone(tensors: dict[str, torch.Tensor]) -> None:
    assert from_tensorflow(tensors) is tensors
