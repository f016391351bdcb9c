"""SR Studio's own colorizer: small, fast on processors, and it takes hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._spec import ModelSpec
from sr_studio.models.features.efficientnet_lite0 import EfficientNetLite0
from sr_studio.tensors.colour_bins import MOST_AB, published_bins

if TYPE_CHECKING:
    from torch import Tensor

# layers of the encoder, coarsest first: its strides are 32, 16, 8 and 4
_LAYERS = ("block15", "block10", "block4", "block2")
_ENCODER_WIDTHS = (320, 112, 40, 24)
_STRIDES = (32, 16, 8, 4)
_WIDTHS = (192, 160, 112, 80)
_HINTS = 3  # planes: a, b, and whether they are known


class ColorizerLite(Colorizer):
    """A classifier's layers, and a decoder that is told the known colours at every size.

    The encoder is EfficientNet-Lite0 (Tan and Le, ICML 2019) as trained on ImageNet, trained on.
    The decoder goes up from stride 32 to stride 4 and ends in both heads of Richard Zhang,
    Jun-Yan Zhu, Phillip Isola, Xinyang Geng, Angela S. Lin, Tianhe Yu, Alexei A. Efros:
    "Real-Time User-Guided Image Colorization with Learned Deep Priors", SIGGRAPH 2017,
    https://arxiv.org/abs/1705.02999: a distribution over the 313 bins of the 2016 paper, and one
    colour. Unlike there the hints enter the decoder, at each of its sizes, as means over its cells;
    what the encoder sees does not change with them, so that a moved hint runs the decoder alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0()
        self.laterals = nn.ModuleList(
            nn.Conv2d(before, after, 1)
            for before, after in zip(_ENCODER_WIDTHS, _WIDTHS, strict=True)
        )
        self.stages = nn.ModuleList()
        coarser = 0
        for width in _WIDTHS:
            self.stages.append(_Stage(coarser + width + _HINTS, width))
            coarser = width
        self.distribution = nn.Conv2d(_WIDTHS[-1], len(published_bins()), 1)
        self.colour = nn.Conv2d(_WIDTHS[-1], 2, 1)

    @property
    @override
    def bins(self) -> Tensor:
        return published_bins().to(self.colour.weight.device)

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        return self.decode(self.encode(lightness), hint_ab, known)

    def encode(self, lightness: Tensor) -> tuple[Tensor, ...]:
        """Return what there is to see; (B, 1, H, W) to a map for each stage, coarsest first."""
        gray = (lightness / 100).expand(-1, 3, -1, -1)
        seen = self.encoder(gray, _LAYERS)
        return tuple(
            lateral(seen[layer]) for layer, lateral in zip(_LAYERS, self.laterals, strict=True)
        )

    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        """Return the colours of what `encode` saw; the rest as in `forward`."""
        features: Tensor | None = None
        for stage, stride, lateral in zip(self.stages, _STRIDES, seen, strict=True):
            parts = [lateral, *_in_cells(hint_ab, known, stride)]
            if features is not None:
                parts.append(F.interpolate(features, scale_factor=2.0, mode="bilinear"))
            features = stage(torch.cat(parts, 1))
        return ColourGuess(self.distribution(features), self.colour(features) * MOST_AB)


class _Stage(nn.Module):
    """Two filters at one size, the second added to the first."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        )
        self.refine = nn.Sequential(
            nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        mixed: Tensor = self.mix(features)
        return F.relu(mixed + self.refine(mixed))


def _in_cells(hint_ab: Tensor, known: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Return the mean known colour of each cell, a and b in [-1, 1], and whether there is any."""
    share = F.avg_pool2d(known, stride)
    ab = F.avg_pool2d(hint_ab * known, stride) / share.clamp(min=1e-6)
    return ab / MOST_AB, (share > 0).to(share.dtype)


MODEL = ModelSpec(
    id="colorizer-lite",
    title="SR Studio Colorizer",
    year=2026,
    # the paper whose heads and hints it has
    paper=(
        "Richard Zhang, Jun-Yan Zhu, Phillip Isola, Xinyang Geng, Angela S. Lin, Tianhe Yu, "
        "Alexei A. Efros: Real-Time User-Guided Image Colorization with Learned Deep Priors, "
        "SIGGRAPH 2017, https://arxiv.org/abs/1705.02999"
    ),
    build=lambda _scale: ColorizerLite(),
    scales=(1,),
    channels="y",
    upsampling="direct",
    context_px=lambda _scale: 0,
    has_global_context=True,
    size_multiple=32,
    loss="cross-entropy and smooth l1",
    task="colorize",
)
