"""SqueezeNet 1.1: the smallest of the classifiers, out of an ncnn file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.errors import WeightsError
from sr_studio.models._ncnn import read_ncnn
from sr_studio.models.features._spec import FeatureNetwork, FeatureSpec
from sr_studio.resource_files import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from sr_studio.jobs.control import JobContext

_MEAN_BGR = (104.0, 117.0, 123.0)
_SQUEEZED = (16, 16, 32, 32, 48, 48, 64, 64)  # fire2 to fire9
_POOLED_BEFORE = (2, 4, 6)  # pool1, pool3, pool5


class SqueezeNet(FeatureNetwork):
    """The first convolution and the eight fire modules; the classifier behind them is left out.

    Forrest N. Iandola et al.: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
    <0.5MB model size", 2016, https://arxiv.org/abs/1602.07360, version 1.1 of
    https://github.com/forresti/SqueezeNet, whose Caffe weights (BGR, 0 to 255 less the mean) these
    are. Sides that strides do not divide are pooled to the next cell, as Caffe does.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        before = 64
        for number, squeezed in enumerate(_SQUEEZED, start=2):
            self.add_module(f"fire{number}", _Fire(before, squeezed))
            before = squeezed * 8
        self.register_buffer("mean", torch.tensor(_MEAN_BGR).view(1, 3, 1, 1), persistent=False)

    @override
    def each_layer(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = F.relu(self.conv1(image.flip(1) * 255 - self.mean))
        yield "conv1", features
        for number in range(2, 2 + len(_SQUEEZED)):
            if number in _POOLED_BEFORE:
                features = F.max_pool2d(features, 3, stride=2, ceil_mode=True)
            features = self.get_submodule(f"fire{number}")(features)
            yield f"fire{number}", features


class _Fire(nn.Module):
    def __init__(self, before: int, squeezed: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(before, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, squeezed * 4, 1)
        self.expand3x3 = nn.Conv2d(squeezed, squeezed * 4, 3, padding=1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        narrow = F.relu(self.squeeze1x1(features))
        return F.relu(torch.cat([self.expand1x1(narrow), self.expand3x3(narrow)], dim=1))


def _read(_context: JobContext) -> dict[str, Tensor]:
    """Read the ncnn file that the user put into the data folder."""
    param = data_folder() / "features" / "squeezenet_v1.1.param"
    if not param.is_file():
        raise WeightsError(
            "SqueezeNet 1.1 is not here.",
            advice=f"Put squeezenet_v1.1.param and .bin of ncnn's examples into {param.parent}, or "
            "choose the backbone efficientnet-lite0.",
        )
    tensors = {name.replace("/", "."): tensor for name, tensor in read_ncnn(param).items()}
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("conv10.")}


FEATURES = FeatureSpec(
    id="squeezenet",
    title="SqueezeNet 1.1",
    paper="Iandola et al. 2016, https://arxiv.org/abs/1602.07360",
    build=SqueezeNet,
    read=_read,
    layers=("conv1", *(f"fire{number}" for number in range(2, 2 + len(_SQUEEZED)))),
    default_layer="fire5",
)
