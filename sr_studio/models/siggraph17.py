"""SIGGRAPH17: the network that colours by what it sees and by the colours it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._spec import ModelSpec
from sr_studio.models.eccv16 import filters, normalised, published_weights
from sr_studio.tensors.colour_bins import MOST_AB, square_bins

if TYPE_CHECKING:
    from torch import Tensor


class SIGGRAPH17(Colorizer):
    """A U-Net over lightness and hints: a colour for each pixel, a distribution at a quarter.

    Richard Zhang, Jun-Yan Zhu, Phillip Isola, Xinyang Geng, Angela S. Lin, Tianhe Yu, Alexei A.
    Efros: "Real-Time User-Guided Image Colorization with Learned Deep Priors", SIGGRAPH 2017,
    https://arxiv.org/abs/1705.02999: the main and the local hints network. Names and layers as in
    the authors' release for PyTorch, https://github.com/richzhang/colorization, which differs from
    the paper in its distribution: over the whole grid of 529 bins, those of no real colour among
    them, and from the layer at a quarter of the size alone. It is made for pictures of 256 x 256.

    What is known is 1 and the rest 0, as in the release; weights of the authors' training code,
    https://github.com/richzhang/colorization-pytorch, fit too but were trained with 0.5 and -0.5.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model1 = filters(1 + 2 + 1, 64, 64)
        self.model2 = filters(64, 128, 128)
        self.model3 = filters(128, 256, 256, 256)
        self.model4 = filters(256, 512, 512, 512)
        self.model5 = filters(512, 512, 512, 512, dilation=2)
        self.model6 = filters(512, 512, 512, 512, dilation=2)
        self.model7 = filters(512, 512, 512, 512)
        self.model8up = _doubling(512, 256)
        self.model3short8 = nn.Sequential(nn.Conv2d(256, 256, 3, padding=1))
        self.model8 = nn.Sequential(nn.ReLU(inplace=True), *filters(256, 256, 256))
        self.model9up = _doubling(256, 128)
        self.model2short9 = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1))
        self.model9 = nn.Sequential(nn.ReLU(inplace=True), *filters(128, 128))
        self.model10up = _doubling(128, 128)
        self.model1short10 = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1))
        self.model10 = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(128, 128, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.model_class = nn.Sequential(nn.Conv2d(256, len(square_bins()), 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    @property
    @override
    def bins(self) -> Tensor:
        return square_bins().to(next(self.parameters()).device)

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        told = torch.cat([normalised(lightness), hint_ab / MOST_AB, known], 1)
        whole = self.model1(told)
        half = self.model2(_every_second(whole))
        quarter = self.model3(_every_second(half))
        eighth = self.model4(_every_second(quarter))
        eighth = self.model7(self.model6(self.model5(eighth)))
        quarter = self.model8(self.model8up(eighth) + self.model3short8(quarter))
        half = self.model9(self.model9up(quarter) + self.model2short9(half))
        whole = self.model10(self.model10up(half) + self.model1short10(whole))
        return ColourGuess(self.model_class(quarter), self.model_out(whole) * MOST_AB)


def _doubling(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(before, after, 4, stride=2, padding=1))


def _every_second(features: Tensor) -> Tensor:
    return features[..., ::2, ::2]


MODEL = ModelSpec(
    id="siggraph17",
    title="SIGGRAPH17",
    year=2017,
    paper=(
        "Richard Zhang, Jun-Yan Zhu, Phillip Isola, Xinyang Geng, Angela S. Lin, Tianhe Yu, "
        "Alexei A. Efros: Real-Time User-Guided Image Colorization with Learned Deep Priors, "
        "SIGGRAPH 2017, https://arxiv.org/abs/1705.02999"
    ),
    build=lambda _scale: SIGGRAPH17(),
    scales=(1,),
    channels="y",
    upsampling="direct",
    context_px=lambda _scale: 0,
    has_global_context=True,
    size_multiple=8,
    loss="cross-entropy and smooth l1",
    # as counted in the Open Model Zoo, colorization-siggraph; without the distribution's layer
    published_parameters={1: 34_051_100},
    weights=(
        published_weights(
            "siggraph17",
            "siggraph17-df00044c.pth",
            136_787_426,
            "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
        ),
    ),
    task="colorize",
)
