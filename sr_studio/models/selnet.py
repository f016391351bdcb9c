"""SelNet: a learned switch in the place of ReLU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_UNITS = 10


class SelNet(nn.Module):
    """Residual units whose activations are selection units, a sub-pixel layer, bicubic skip.

    Jae-Seok Choi, Munchurl Kim: "A Deep Convolutional Neural Network with Selection Units for
    Super-Resolution", CVPR Workshops 2017,
    https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/Choi_A_Deep_Convolutional_CVPR_2017_paper.html.

    The paper itself was not to be had. From summaries of it and the survey of Anwar, Khan and
    Barnes (https://arxiv.org/abs/1904.07523): 22 convolutions, each but the last followed by a
    selection unit, residual units with identity mappings, a sub-pixel layer, residual learning
    around all. The rest is pinned down by the 974 k, 1,159 k and 1,417 k parameters and 225.7 G,
    120.0 G and 83.1 G multiplications and additions at x2, x3 and x4 in table 1 of CARN
    (https://arxiv.org/abs/1803.08664), which this network has to the last digit: RGB, 64 channels,
    no biases, 21 selection units, a convolution to 64 * scale**2 channels before the shuffle and
    one to the picture behind it. Our choice: a unit is activation, convolution, activation,
    convolution, as in pre-activated residual networks, and the picture that is added is bicubic.

    Args:
        scale: the scale.
        num_feat: channels.
        num_units: residual units, of two convolutions each.
    """

    def __init__(self, scale: int, num_feat: int = 64, num_units: int = _UNITS) -> None:
        super().__init__()
        self.scale = scale
        self.entry = nn.Conv2d(3, num_feat, 3, padding=1, bias=False)
        self.body = nn.Sequential(*(_ResidualUnit(num_feat) for _ in range(num_units)))
        self.upsampler = nn.Sequential(
            _SelectionUnit(num_feat),
            nn.Conv2d(num_feat, num_feat * scale**2, 3, padding=1, bias=False),
            nn.PixelShuffle(scale),
        )
        self.exit = nn.Conv2d(num_feat, 3, 3, padding=1, bias=False)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        residual: Tensor = self.exit(self.upsampler(self.body(self.entry(low_res))))
        # antialias is for its kernel, a = -0.5; there is nothing to smooth
        scale = float(self.scale)
        bicubic = F.interpolate(low_res, scale_factor=scale, mode="bicubic", antialias=True)
        return bicubic + residual


class _SelectionUnit(nn.Module):
    """Multiplies features by a sigmoid of a 1x1 convolution of their ReLU."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.selection = nn.Conv2d(num_feat, num_feat, 1, bias=False)

    @override
    def forward(self, features: Tensor) -> Tensor:
        return features * torch.sigmoid(self.selection(torch.relu(features)))


class _ResidualUnit(nn.Module):
    """Two convolutions, each behind a selection unit, around a shortcut."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _SelectionUnit(num_feat),
            nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False),
            _SelectionUnit(num_feat),
            nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        refined: Tensor = self.branch(features)
        return features + refined


MODEL = ModelSpec(
    id="selnet",
    title="SelNet",
    year=2017,
    paper="Jae-Seok Choi, Munchurl Kim: A Deep Convolutional Neural Network with Selection Units "
    "for Super-Resolution, CVPR Workshops 2017, "
    "https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/"
    "Choi_A_Deep_Convolutional_CVPR_2017_paper.html",
    build=SelNet,
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    # behind the shuffle the last convolution reaches into the next pixel
    context_px=lambda _scale: 1 + 2 * _UNITS + 1 + 1,
    loss="l2",
    published_parameters={2: 974_000, 3: 1_159_000, 4: 1_417_000},
)
