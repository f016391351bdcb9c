"""ECCV16: the network that learned to colour by telling likely colours from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.tensors.colour_bins import MOST_AB, PUBLISHED_BINS, published_bins

if TYPE_CHECKING:
    from torch import Tensor

_WEIGHTS_URL = "https://colorizers.s3.us-east-2.amazonaws.com"


class ECCV16(Colorizer):
    """Filters down to an eighth of the size, dilated ones there, and a distribution at a quarter.

    Richard Zhang, Phillip Isola, Alexei A. Efros: "Colorful Image Colorization", ECCV 2016,
    https://arxiv.org/abs/1603.08511 (section 2). Names and layers as in the authors' release for
    PyTorch, https://github.com/richzhang/colorization. It is made for pictures of 256 x 256.

    `ab` is the mean of the distribution, as the release has it, at a quarter of the size, where the
    release enlarges it. The paper takes the annealed mean (equation 5), which is more colourful:
    `annealed_mean` of the logits.
    """

    takes_hints = False

    def __init__(self) -> None:
        super().__init__()
        self.model1 = filters(1, 64, 64, last_stride=2)
        self.model2 = filters(64, 128, 128, last_stride=2)
        self.model3 = filters(128, 256, 256, 256, last_stride=2)
        self.model4 = filters(256, 512, 512, 512)
        self.model5 = filters(512, 512, 512, 512, dilation=2)
        self.model6 = filters(512, 512, 512, 512, dilation=2)
        self.model7 = filters(512, 512, 512, 512)
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            *list(filters(256, 256, 256))[:-1],  # not normalised
            nn.Conv2d(256, PUBLISHED_BINS, 1),
        )
        # its weights are the colours of the bins: nothing that a training should change
        self.model_out = nn.Conv2d(PUBLISHED_BINS, 2, 1, bias=False).requires_grad_(
            requires_grad=False
        )
        if self.model_out.weight.is_meta:  # built without memory, to be counted
            return
        with torch.no_grad():
            self.model_out.weight.copy_(published_bins().T[..., None, None] / MOST_AB)

    @property
    @override
    def bins(self) -> Tensor:
        return published_bins().to(self.model_out.weight.device)

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        features = normalised(lightness)
        for stage in (
            self.model1,
            self.model2,
            self.model3,
            self.model4,
            self.model5,
            self.model6,
            self.model7,
        ):
            features = stage(features)
        logits = self.model8(features)  # (B, 313, H/4, W/4)
        return ColourGuess(logits, self.model_out(torch.softmax(logits, 1)) * MOST_AB)


def normalised(lightness: Tensor) -> Tensor:
    """Return L of [0, 100] in [-0.5, 0.5], as both networks of these authors see it."""
    return (lightness - 50) / 100


def filters(before: int, *widths: int, dilation: int = 1, last_stride: int = 1) -> nn.Sequential:
    """Return a stage: 3x3 filters, a ReLU behind each, and batch normalisation behind them all.

    Numbered as in the published files: filters at 0, 2, ..., the normalisation last.

    Args:
        before: channels of what comes in.
        widths: channels of each filter.
        dilation: of all.
        last_stride: of the last filter.
    """
    stage = nn.Sequential()
    for number, width in enumerate(widths, 1):
        stride = last_stride if number == len(widths) else 1
        stage.append(nn.Conv2d(before, width, 3, stride, padding=dilation, dilation=dilation))
        stage.append(nn.ReLU(inplace=True))
        before = width
    return stage.append(nn.BatchNorm2d(before))


def published_weights(weight_id: str, file: str, size: int, sha256: str) -> WeightSource:
    """Describe a file of the authors of both networks.

    Its name ends with the start of its checksum. Size and whole checksum are as OpenVINO's Open
    Model Zoo states them: https://github.com/openvinotoolkit/open_model_zoo, models/public.
    """
    return WeightSource(
        id=weight_id,
        scales=(1,),
        origin="downloadable",
        licence="BSD-2-Clause",
        trained_on="ImageNet",
        file=f"colorization_richzhang/{file}",
        url=f"{_WEIGHTS_URL}/{file}",
        sha256=sha256,
        bytes=size,
    )


MODEL = ModelSpec(
    id="eccv16",
    title="ECCV16",
    year=2016,
    paper=(
        "Richard Zhang, Phillip Isola, Alexei A. Efros: Colorful Image Colorization, ECCV 2016, "
        "https://arxiv.org/abs/1603.08511"
    ),
    build=lambda _scale: ECCV16(),
    scales=(1,),
    channels="y",
    upsampling="direct",
    context_px=lambda _scale: 0,
    has_global_context=True,
    size_multiple=8,
    loss="cross-entropy",
    # as counted in the Open Model Zoo, colorization-v2
    published_parameters={1: 32_236_000},
    weights=(
        published_weights(
            "eccv16",
            "colorization_release_v2-9b330a0b.pth",
            128_976_165,
            "9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
        ),
    ),
    task="colorize",
)
