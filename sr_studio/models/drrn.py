"""DRRN: a residual unit of two convolutions, run twenty-five times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_UNITS = 25


class DRRN(nn.Module):
    """One recursive block; each unit starts from the last and adds the block's input (B1U25).

    Ying Tai, Jian Yang, Xiaoming Liu: "Image Super-Resolution via Deep Recursive Residual Network",
    CVPR 2017,
    https://openaccess.thecvf.com/content_cvpr_2017/html/Tai_Image_Super-Resolution_via_CVPR_2017_paper.html
    (section 3). State-dict layout of
    https://github.com/jt827859032/DRRN-pytorch, which publishes weights. Deviations, as there: no
    batch normalisation, which https://github.com/tyshiwo/DRRN_CVPR17 has before each convolution,
    and no biases.

    Args:
        num_units: runs of the residual unit.
        num_feat: channels.
    """

    def __init__(self, num_units: int = _UNITS, num_feat: int = 128) -> None:
        super().__init__()
        self.num_units = num_units
        self.input = nn.Conv2d(1, num_feat, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False)
        self.output = nn.Conv2d(num_feat, 1, 3, padding=1, bias=False)

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        block_input: Tensor = self.input(torch.relu(enlarged))
        features = block_input
        for _ in range(self.num_units):
            inner = self.conv1(torch.relu(features))
            features = block_input + self.conv2(torch.relu(inner))
        residual: Tensor = self.output(torch.relu(features))
        return enlarged + residual


MODEL = ModelSpec(
    id="drrn",
    title="DRRN (B1U25)",
    year=2017,
    paper="Ying Tai, Jian Yang, Xiaoming Liu: Image Super-Resolution via Deep Recursive Residual "
    "Network, CVPR 2017, https://openaccess.thecvf.com/content_cvpr_2017/html/"
    "Tai_Image_Super-Resolution_via_CVPR_2017_paper.html",
    build=lambda _scale: DRRN(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(1 + 2 * _UNITS + 1),
    loss="l2",
    published_parameters={2: 297_000, 3: 297_000, 4: 297_000},
    published_psnr={
        "Set5": {2: 37.74, 3: 34.03, 4: 31.68},
        "Set14": {2: 33.23, 3: 29.96, 4: 28.21},
        "BSD100": {2: 32.05, 3: 28.95, 4: 27.38},
    },
)
