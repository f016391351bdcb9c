"""REDNet: fifteen convolutions, fifteen deconvolutions, and skips between their mirror images."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_HALF = 15  # convolutions, and as many deconvolutions


class REDNet(nn.Module):
    """An encoder that keeps the resolution and a decoder that gets every second of its outputs.

    Xiao-Jiao Mao, Chunhua Shen, Yu-Bin Yang: "Image Restoration Using Very Deep Convolutional
    Encoder-Decoder Networks with Symmetric Skip Connections", NIPS 2016,
    https://arxiv.org/abs/1603.09056 (RED30, section 3). The published 4,131 k are 128 channels:
    28 * 128 * 128 * 9 + 2 * 128 * 9. Names as in https://github.com/yjn870/REDNet-pytorch, whose
    networks for JPEG have 64 channels and a stride of 2. Deviation: zero padding, which keeps the
    size of every layer; the paper's convolutions shrink the picture and its deconvolutions restore
    it. The sum at the end has no ReLU, so that it is not clamped.

    Args:
        num_layers: convolutions, and as many deconvolutions.
        num_feat: channels in between.
    """

    def __init__(self, num_layers: int = _HALF, num_feat: int = 128) -> None:
        super().__init__()
        widths = [1] + [num_feat] * num_layers
        self.conv_layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True))
                for before, after in pairwise(widths)
            )
        )
        self.deconv_layers = nn.Sequential(
            *(
                nn.Sequential(nn.ConvTranspose2d(num_feat, num_feat, 3, padding=1), nn.ReLU())
                for _ in range(num_layers - 1)
            ),
            nn.ConvTranspose2d(num_feat, 1, 3, padding=1),
        )

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        features = enlarged
        skipped = []
        for number, layer in enumerate(self.conv_layers, start=1):
            features = layer(features)
            if number % 2 == 0:
                skipped.append(features)
        for number, layer in enumerate(self.deconv_layers, start=1):
            features = layer(features)
            if number % 2 == 1 and skipped:  # the mirror image of an even convolution
                features = torch.relu(features + skipped.pop())
        return enlarged + features


MODEL = ModelSpec(
    id="rednet",
    title="REDNet (RED30)",
    year=2016,
    paper="Xiao-Jiao Mao, Chunhua Shen, Yu-Bin Yang: Image Restoration Using Very Deep "
    "Convolutional Encoder-Decoder Networks with Symmetric Skip Connections, NIPS 2016, "
    "https://arxiv.org/abs/1603.09056",
    build=lambda _scale: REDNet(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(2 * _HALF),
    loss="l2",
    # as the survey of Anwar, Khan and Barnes counts them (https://arxiv.org/abs/1904.07523)
    published_parameters={2: 4_131_000, 3: 4_131_000, 4: 4_131_000},
)
