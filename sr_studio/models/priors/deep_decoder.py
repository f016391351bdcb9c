"""Deep Decoder: an untrained network with few parameters and no convolutions but 1x1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models.priors._spec import PriorSpec

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Reinhard Heckel, Paul Hand: Deep Decoder: Concise Image Representations from Untrained "
    "Non-convolutional Networks, ICLR 2019, https://arxiv.org/abs/1810.03982"
)
_LEVELS = 5


class DeepDecoder(nn.Module):
    """1x1 convolution, bilinear x2, ReLU, channel normalisation; five times.

    Heckel and Hand, "Deep Decoder", https://arxiv.org/abs/1810.03982, equation 1.

    Args:
        channels_in: of the small input tensor, and of every level.
        channels_out: of the picture.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        levels: list[nn.Module] = []
        for _ in range(_LEVELS):
            levels += [
                nn.Conv2d(channels_in, channels_in, 1, bias=False),
                nn.Upsample(scale_factor=2, mode="bilinear"),
                nn.ReLU(inplace=True),
                nn.BatchNorm2d(channels_in, track_running_stats=False),
            ]
        levels += [
            nn.Conv2d(channels_in, channels_in, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(channels_in, track_running_stats=False),
        ]
        self.body = nn.Sequential(*levels)
        self.picture = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    @override
    def forward(self, noise: Tensor) -> Tensor:
        """noise: (1, C, H / 32, W / 32). Returns: (1, c, H, W) in [0, 1]."""
        return torch.sigmoid(self.picture(self.body(noise)).float())


PRIOR = PriorSpec(
    id="deep-decoder",
    title="Deep Decoder, 128 channels",
    paper=_PAPER,
    build=DeepDecoder,
    size_multiple=2**_LEVELS,
    input_channels=128,
    input_reduction=2**_LEVELS,
)
