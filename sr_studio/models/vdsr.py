"""VDSR: twenty layers that learn what bicubic enlargement lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_LAYERS = 20


class VDSR(nn.Module):
    """A plain stack of 3x3 convolutions whose output is added to its input.

    Jiwon Kim, Jung Kwon Lee, Kyoung Mu Lee: "Accurate Image Super-Resolution Using Very Deep
    Convolutional Networks", CVPR 2016, https://arxiv.org/abs/1511.04587 (section 3.1). State-dict
    layout of https://github.com/twtygqyy/pytorch-vdsr. Deviation: no biases, as there.

    Args:
        num_layers: convolutions in all.
        num_feat: channels in between.
    """

    def __init__(self, num_layers: int = _LAYERS, num_feat: int = 64) -> None:
        super().__init__()
        self.input = nn.Conv2d(1, num_feat, 3, padding=1, bias=False)
        self.residual_layer = nn.Sequential(*(_Layer(num_feat) for _ in range(num_layers - 2)))
        self.output = nn.Conv2d(num_feat, 1, 3, padding=1, bias=False)

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        residual: Tensor = self.output(self.residual_layer(torch.relu(self.input(enlarged))))
        return enlarged + residual


class _Layer(nn.Module):
    """One convolution with its activation."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False)

    @override
    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.conv(features))


MODEL = ModelSpec(
    id="vdsr",
    title="VDSR",
    year=2016,
    paper="Jiwon Kim, Jung Kwon Lee, Kyoung Mu Lee: Accurate Image Super-Resolution Using Very Deep "
    "Convolutional Networks, CVPR 2016, https://arxiv.org/abs/1511.04587",
    build=lambda _scale: VDSR(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(_LAYERS),
    loss="l2",
    published_parameters={2: 665_000, 3: 665_000, 4: 665_000},
    published_psnr={
        "Set5": {2: 37.53, 3: 33.66, 4: 31.35},
        "Set14": {2: 33.03, 3: 29.77, 4: 28.01},
        "BSD100": {2: 31.90, 3: 28.82, 4: 27.29},
    },
    weights=(
        WeightSource(
            id="vdsr-x234",
            scales=(2, 3, 4),
            origin="downloadable",
            licence="MIT",
            trained_on="T91 and BSDS200 (291 images)",
            set5_psnr={2: 37.64, 3: 33.77, 4: 31.45},
            file="vdsr_twtygqyy/model_epoch_50.pth",
            url="https://raw.githubusercontent.com/twtygqyy/pytorch-vdsr/"
            "514b021044018baf909e79f48392783daa592888/model/model_epoch_50.pth",
            sha256="eab4d79ae5a6e5acef4c55e46015aed225ade207679bcb6695b07af8fb18e876",
            bytes=2_680_962,
        ),
    ),
)
