"""SRRAM: residual blocks whose features are weighed by channel and by place at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 10


class SRRAM(nn.Module):
    """Residual attention modules at low resolution, a global shortcut, then pixel shuffles.

    Jun-Hyuk Kim, Jun-Ho Choi, Manri Cheon, Jong-Seok Lee: "RAM: Residual Attention Module for
    Single Image Super-Resolution", 2018, https://arxiv.org/abs/1811.12043 (section 3, figures 1
    and 2). There is no code of the authors, so the layout is ours. The number of modules, ten, is
    what the counts published for x2, x3 and x4 (942 k, 1,127 k, 1,090 k) leave room for; the
    reduction of channels, 16, is that of the attention blocks which the paper compares with. Counted
    here: 939 k, 1,124 k, 1,087 k. No mean colour is subtracted: biases learn it.

    Args:
        scale: 2, 3 or 4.
        num_feat: channels.
        num_blocks: residual attention modules.
        reduction: of channels within the channel attention.
    """

    def __init__(
        self, scale: int, num_feat: int = 64, num_blocks: int = _BLOCKS, reduction: int = 16
    ) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, num_feat, 3, padding=1)
        self.body = nn.Sequential(
            *(_AttentionModule(num_feat, reduction) for _ in range(num_blocks))
        )
        self.body_end = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        factors = (2, 2) if scale == 4 else (scale,)
        upsampler: list[nn.Module] = []
        for factor in factors:
            upsampler += [
                nn.Conv2d(num_feat, num_feat * factor**2, 3, padding=1),
                nn.PixelShuffle(factor),
            ]
        self.upsampler = nn.Sequential(*upsampler)
        self.tail = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        shallow = self.head(low_res)
        features = self.body_end(self.body(shallow)) + shallow
        high_res: Tensor = self.tail(self.upsampler(features))
        return high_res


class _AttentionModule(nn.Module):
    """Two convolutions, weighed by the sigmoid of channel attention plus spatial attention."""

    def __init__(self, num_feat: int, reduction: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv2 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.squeeze = nn.Conv2d(num_feat, num_feat // reduction, 1)
        self.excite = nn.Conv2d(num_feat // reduction, num_feat, 1)
        self.spatial = nn.Conv2d(num_feat, num_feat, 3, padding=1, groups=num_feat)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.conv2(torch.relu(self.conv1(features)))
        # how much a channel varies tells of its high frequencies; its mean, used elsewhere, does not
        variance = residual.var((2, 3), correction=0, keepdim=True)
        channel_attention = self.excite(torch.relu(self.squeeze(variance)))  # (B, C, 1, 1)
        attention = torch.sigmoid(channel_attention + self.spatial(residual))  # (B, C, H, W)
        return features + residual * attention


MODEL = ModelSpec(
    id="srram",
    title="SRRAM",
    year=2018,
    paper="Jun-Hyuk Kim, Jun-Ho Choi, Manri Cheon, Jong-Seok Lee: RAM: Residual Attention Module "
    "for Single Image Super-Resolution, 2018, https://arxiv.org/abs/1811.12043",
    build=SRRAM,
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    # head, modules with their spatial attention, end of the body; upsampler and tail
    context_px=lambda _scale: 1 + _BLOCKS * 3 + 1 + 2,
    has_global_context=True,
    loss="l1",
    published_parameters={4: 1_090_000, 2: 942_000, 3: 1_127_000},
)
