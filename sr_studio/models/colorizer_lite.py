"""SR Studio's own colorizer: small, fast on processors, and it takes hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._shipped import shipped_weights
from sr_studio.models._spec import ModelSpec
from sr_studio.models.features.efficientnet_lite0 import EfficientNetLite0
from sr_studio.tensors.colour_bins import MOST_AB, PUBLISHED_BINS, published_bins

if TYPE_CHECKING:
    from torch import Tensor

# layers of the encoder, coarsest first: its strides are 32, 16, 8 and 4
_LAYERS = ("block15", "block10", "block4", "block2")
_ENCODER_WIDTHS = (320, 112, 40, 24)
_STRIDES = (32, 16, 8, 4)
_WIDTHS = (192, 160, 112, 80)
_HINTS = 4  # planes of `_hint_maps`
_FADING = 0.7  # of the confidence, from one size to the next finer
_TAKEN = 6.0, 0.5  # how steeply the share of the hints rises with the confidence, and about what


class ColorizerLite(Colorizer):
    """A classifier's layers, and a decoder that is told the known colours at every size.

    The encoder is EfficientNet-Lite0 (Tan and Le, ICML 2019) as trained on ImageNet, trained on.
    The decoder goes up from stride 32 to stride 4 and ends in both heads of Richard Zhang,
    Jun-Yan Zhu, Phillip Isola, Xinyang Geng, Angela S. Lin, Tianhe Yu, Alexei A. Efros:
    "Real-Time User-Guided Image Colorization with Learned Deep Priors", SIGGRAPH 2017,
    https://arxiv.org/abs/1705.02999: a distribution over the 313 bins of the 2016 paper, and one
    colour. Unlike there the hints enter the decoder, at each of its sizes, filled in from coarse to
    fine; at the last of them the colour head decides at each place how much of that filling it
    takes, so that no more than where hints do not reach has to be learned. What the encoder sees
    does not change with hints: a moved one runs the decoder alone.
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
        self.distribution = nn.Conv2d(_WIDTHS[-1], PUBLISHED_BINS, 1)
        self.colour = nn.Conv2d(_WIDTHS[-1], 3, 1)  # a, b, and how much of the hints is taken

    @property
    @override
    def bins(self) -> Tensor:
        return published_bins().to(self.colour.weight.device)

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        return self.decode(self.encode(lightness), hint_ab, known)

    @override
    def encode(self, lightness: Tensor) -> tuple[Tensor, ...]:
        """Return what there is to see: a map for each stage, coarsest first."""
        gray = (lightness / 100).expand(-1, 3, -1, -1)
        seen = self.encoder(gray, _LAYERS)
        return tuple(
            lateral(seen[layer]) for layer, lateral in zip(_LAYERS, self.laterals, strict=True)
        )

    @override
    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        features: Tensor | None = None
        hints = _hint_maps(hint_ab, known)
        for stage, lateral, hint in zip(self.stages, seen, hints, strict=True):
            parts = [lateral, hint]
            if features is not None:
                parts.append(F.interpolate(features, scale_factor=2.0, mode="bilinear"))
            features = stage(torch.cat(parts, 1))
        ab, taken = self.colour(features).split_with_sizes((2, 1), 1)
        filled, _, confidence = hints[-1].split_with_sizes((2, 1, 1), 1)
        steepness, middle = _TAKEN
        share = torch.sigmoid(taken + steepness * (confidence - middle)) * (
            known.amax((2, 3), keepdim=True) > 0
        )
        return ColourGuess(self.distribution(features), torch.lerp(ab, filled, share) * MOST_AB)


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


def _hint_maps(hint_ab: Tensor, known: Tensor) -> list[Tensor]:
    """Return (B, 4, H / stride, W / stride) for each stage, coarsest first.

    The colour of the cell's hints, or else that of the next coarser size around it, at last of all
    hints, a and b over 110; whether the cell has any; and a confidence that is 1 there and falls
    the further the colour was brought. All are 0 without hints.
    """
    total = known.mean((2, 3), keepdim=True)
    filled = (hint_ab * known).mean((2, 3), keepdim=True) / total.clamp(min=1e-9)
    confidence = torch.zeros_like(total)
    maps = []
    for stride in _STRIDES:
        share = F.avg_pool2d(known, stride)
        ab = F.avg_pool2d(hint_ab * known, stride) / share.clamp(min=1e-6)
        has = (share > 0).to(share.dtype)
        size = (share.shape[2], share.shape[3])
        around = F.interpolate(filled, size, mode="bilinear")
        filled = torch.where(has > 0, ab, around)
        faded = _FADING * F.interpolate(confidence, size, mode="bilinear")
        confidence = torch.maximum(has, faded)
        maps.append(torch.cat([filled / MOST_AB, has, confidence], 1))
    return maps


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
    weights=shipped_weights(
        "colorizer-lite",
        (1,),
        "colour photos of Caltech-101, ImageNet (a sample), BSDS500 train and T91",
    ),
)
