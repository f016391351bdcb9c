"""The authors' Caffe files fit IDN by their layers' names."""

from __future__ import annotations

import torch

from sr_studio.models._weight_files import fill_network
from sr_studio.models.idn import IDN, rename_caffe_layers

# layer -> shape of its weights, as in the authors' deploy file and caffemodel
BLOCK = {
    "_1": (48, 64, 3, 3),
    "_2": (32, 12, 3, 3),
    "_3": (64, 32, 3, 3),
    "_4": (64, 48, 3, 3),
    "_5": (48, 16, 3, 3),
    "_6": (80, 48, 3, 3),
}
LAYERS = {
    "conv1": (64, 1, 3, 3),
    "conv2": (64, 64, 3, 3),
    **{f"conv{block}{layer}": shape for block in (3, 4, 5, 6) for layer, shape in BLOCK.items()},
    **{f"down{block}": (64, 80, 1, 1) for block in (1, 2, 3, 4)},
    "upsample": (64, 1, 17, 17),
}


def caffe_tensors() -> dict[str, torch.Tensor]:
    tensors = {}
    for number, (name, shape) in enumerate(LAYERS.items()):
        tensors[f"{name}.weight"] = torch.full(shape, float(number))
        outputs = shape[1] if name == "upsample" else shape[0]
        tensors[f"{name}.bias"] = torch.full((outputs,), float(number))
    return tensors


def test_a_caffe_file_fills_the_network() -> None:
    network = IDN(4)
    fill_network(network, caffe_tensors(), label="idn-x4", converts=(rename_caffe_layers,))
    order = list(LAYERS)
    first, last = network.blocks[0], network.blocks[3]
    assert first.get_parameter("conv2.bias")[0] == order.index("conv3_2")
    assert last.get_parameter("conv6.bias")[0] == order.index("conv6_6")
    assert last.get_parameter("down.bias")[0] == order.index("down4")


def test_our_own_names_stay() -> None:
    own = IDN(2).state_dict()
    assert list(rename_caffe_layers(own)) == list(own)


def test_without_residual_it_is_the_bicubic_enlargement() -> None:
    network = IDN(3)
    torch.nn.init.zeros_(network.upsample.weight)
    torch.nn.init.zeros_(network.upsample.bias)
    flat = torch.full((1, 1, 4, 5), 0.25)
    with torch.inference_mode():
        torch.testing.assert_close(network(flat), torch.full((1, 1, 12, 15), 0.25))
