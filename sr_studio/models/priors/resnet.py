"""The residual network among the networks of Deep Image Prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models.priors._layers import activation, convolution, normalisation
from sr_studio.models.priors._spec import PriorSpec

if TYPE_CHECKING:
    from torch import Tensor

_CHANNELS, _BLOCKS = 32, 8


class ResNet(nn.Module):
    """Eight residual blocks at full size, as figure 8 of the paper has it.

    Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: "Deep Image Prior", CVPR 2018,
    https://arxiv.org/abs/1711.10925.

    Args:
        channels_in: of the fixed input.
        channels_out: of the picture.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            convolution(channels_in, _CHANNELS, 3),
            activation(),
            *(_Block() for _ in range(_BLOCKS)),
            convolution(_CHANNELS, _CHANNELS, 3, padding="zeros", bias=False),
            normalisation(_CHANNELS),
        )
        self.picture = convolution(_CHANNELS, channels_out, 3)

    @override
    def forward(self, noise: Tensor) -> Tensor:
        """noise: (1, C, H, W). Returns: (1, c, H, W) in [0, 1]."""
        return torch.sigmoid(self.picture(self.body(noise)).float())


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            convolution(_CHANNELS, _CHANNELS, 3, padding="zeros", bias=False),
            normalisation(_CHANNELS),
            activation(),
            convolution(_CHANNELS, _CHANNELS, 3, padding="zeros", bias=False),
            normalisation(_CHANNELS),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        restored: Tensor = features + self.body(features)
        return restored


PRIOR = PriorSpec(
    id="resnet",
    title="ResNet, 8 blocks",
    paper=(
        "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: Deep Image Prior, CVPR 2018, "
        "https://arxiv.org/abs/1711.10925"
    ),
    build=ResNet,
    size_multiple=2,
    input_channels=1,
    learning_rate=0.001,
)
