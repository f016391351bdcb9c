"""Small colorizers without weights, whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models.colorizer_lite import MODEL
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tensors.colour_bins import published_bins

if TYPE_CHECKING:
    from sr_studio.models._spec import ModelSpec

_CELL_PX = 4

WARM = (20.0, 30.0)
"""What it makes of everything that is brighter than L = 50; the rest it leaves gray."""


class WarmLights(Colorizer):
    """Sure of its colours, and blind to hints."""

    takes_hints = False

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0  # how often a picture was encoded

    @property
    @override
    def bins(self) -> Tensor:
        return published_bins()

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        return self.decode(self.encode(lightness), hint_ab, known)

    @override
    def encode(self, lightness: Tensor) -> tuple[Tensor, ...]:
        self.looks += 1
        return (F.avg_pool2d(lightness, _CELL_PX),)

    @override
    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        is_bright = (seen[0] > 50).float()
        ab = is_bright * torch.tensor(WARM).reshape(1, 2, 1, 1)
        distances = torch.cdist(ab.permute(0, 2, 3, 1).reshape(-1, 2), self.bins)
        logits = -distances.reshape(*ab.shape[2:], -1).permute(2, 0, 1)[None] * 4
        return ColourGuess(logits, ab)


class TinyColorizer(Colorizer):
    """Two convolutions of one pixel on a quarter of the size: unsure, and it heeds hints."""

    def __init__(self) -> None:
        super().__init__()
        bins = published_bins()
        self.register_buffer("_bins", bins.clone(), persistent=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.logits = nn.Conv2d(3, len(bins), 1)
            self.colours = nn.Conv2d(3, 2, 1)
        self.calls = 0

    @property
    @override
    def bins(self) -> Tensor:
        return self.get_buffer("_bins")

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        self.calls += 1
        small = F.avg_pool2d(torch.cat([lightness / 25 - 2, hint_ab / 110], 1), _CELL_PX)
        return ColourGuess(4 * self.logits(small), 40 * torch.tanh(self.colours(small)))


class TinyColorizers(Colorizers):
    """Hands out a TinyColorizer whatever network is asked for.

    Attributes:
        network: the one.
        error: what `find` raises instead; None: nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = TinyColorizer().eval()
        self.error: Exception | None = None

    @override
    def find(self, network: str | None) -> ModelSpec:
        if self.error is not None:
            raise self.error
        return MODEL

    @override
    def load(self, spec: ModelSpec, weights: str | None, device: str) -> Colorizer:
        return self.network


class HintsEverywhere(WarmLights):
    """Gives the whole picture the mean colour of its hints; gray without any."""

    takes_hints = True

    @override
    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        mean = hint_ab.sum((2, 3), keepdim=True) / known.sum((2, 3), keepdim=True).clamp(min=1)
        logits = torch.zeros(1, len(self.bins), *seen[0].shape[2:])
        return ColourGuess(logits, mean.expand(-1, -1, *seen[0].shape[2:]))
