"""A colorizer of one layer, whose answers are known."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.tensors.colour_bins import published_bins

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
        return (F.avg_pool2d(lightness, 4),)

    @override
    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        is_bright = (seen[0] > 50).float()
        ab = is_bright * torch.tensor(WARM).reshape(1, 2, 1, 1)
        distances = torch.cdist(ab.permute(0, 2, 3, 1).reshape(-1, 2), self.bins)
        logits = -distances.reshape(*ab.shape[2:], -1).permute(2, 0, 1)[None] * 4
        return ColourGuess(logits, ab)
