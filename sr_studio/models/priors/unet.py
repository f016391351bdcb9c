"""The U-Net among the networks of Deep Image Prior."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models.priors._spec import PriorSpec

if TYPE_CHECKING:
    from torch import Tensor

_CHANNELS = (8, 16, 32, 64, 128, 128)


class UNet(nn.Module):
    """U-Net of depth 5, as figure 8 of the paper has it.

    Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: "Deep Image Prior", CVPR 2018,
    https://arxiv.org/abs/1711.10925; Ronneberger et al., https://arxiv.org/abs/1505.04597. An
    eighth of the channels of the original, instance normalisation on the way down, transposed
    convolutions on the way up. Deviation: convolutions in front of a normalisation have no bias.

    Args:
        channels_in: of the fixed input.
        channels_out: of the picture.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.start = _pair(channels_in, _CHANNELS[0], is_normalised=True)
        self.down = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), _pair(larger, smaller, is_normalised=True))
            for larger, smaller in pairwise(_CHANNELS)
        )
        self.up = nn.ModuleList(
            _Up(deeper, level)
            for level, deeper in zip(_CHANNELS[-2::-1], _CHANNELS[:0:-1], strict=True)
        )
        self.picture = nn.Conv2d(_CHANNELS[0], channels_out, 1)

    @override
    def forward(self, noise: Tensor) -> Tensor:
        """noise: (1, C, H, W), sides multiples of 32. Returns: (1, c, H, W) in [0, 1]."""
        levels = [self.start(noise)]
        for down in self.down:
            levels.append(down(levels[-1]))
        features: Tensor = levels.pop()
        for up in self.up:
            features = up(features, levels.pop())
        return torch.sigmoid(self.picture(features).float())


class _Up(nn.Module):
    def __init__(self, deeper: int, channels: int) -> None:
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(deeper, channels, 4, stride=2, padding=1)
        self.join = _pair(2 * channels, channels, is_normalised=False)

    @override
    def forward(self, deeper: Tensor, level: Tensor) -> Tensor:
        joined: Tensor = self.join(torch.cat([self.enlarge(deeper), level], dim=1))
        return joined


def _pair(channels_in: int, channels_out: int, *, is_normalised: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (channels_in, channels_out):
        layers.append(nn.Conv2d(channels, channels_out, 3, padding=1, bias=not is_normalised))
        if is_normalised:
            layers.append(nn.InstanceNorm2d(channels_out))
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


PRIOR = PriorSpec(
    id="unet",
    title="U-Net, depth 5",
    paper=(
        "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: Deep Image Prior, CVPR 2018, "
        "https://arxiv.org/abs/1711.10925"
    ),
    build=UNet,
    size_multiple=2 ** (len(_CHANNELS) - 1),
    input_channels=1,
    learning_rate=0.001,
)
