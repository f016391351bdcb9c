"""ZSSR: a small network that is trained on nothing but the picture that it enlarges."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_LAYERS = 8


class ZSSR(nn.Module):
    """Eight 3x3 convolutions of 64 channels whose output is added to the bicubic enlargement.

    Assaf Shocher, Nadav Cohen, Michal Irani: "'Zero-Shot' Super-Resolution using Deep Internal
    Learning", CVPR 2018, https://arxiv.org/abs/1712.06087 (section 3.2); without biases, as in the
    authors' https://github.com/assafshocher/ZSSR. How it learns is in
    `sr_studio.engines.learners.zero_shot`; fresh from here it has torch's usual random weights.

    Args:
        num_layers: convolutions in all.
        num_feat: channels in between.
    """

    def __init__(self, num_layers: int = _LAYERS, num_feat: int = 64) -> None:
        super().__init__()
        widths = [3, *[num_feat] * (num_layers - 1), 3]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1, bias=False) for before, after in pairwise(widths)
        )

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 3, H, W), RGB in [0, 1], bicubic. Returns: the same shape, not clamped."""
        features = enlarged
        for layer in self.layers[:-1]:
            features = torch.relu(layer(features))
        residual: Tensor = self.layers[-1](features)
        return enlarged + residual


MODEL = ModelSpec(
    id="zssr",
    title="ZSSR",
    year=2018,
    paper="Assaf Shocher, Nadav Cohen, Michal Irani: “Zero-Shot” Super-Resolution using Deep "
    "Internal Learning, CVPR 2018, https://arxiv.org/abs/1712.06087",
    build=lambda _scale: ZSSR(),
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="bicubic",
    context_px=bicubic_context(_LAYERS),
    loss="l1",
    published_parameters={2: 225_000, 3: 225_000, 4: 225_000},
    published_psnr={"Set5": {2: 37.37, 3: 33.42, 4: 31.13}},
    learns_from="picture",
    conditions=("blur_sigma", "noise_sigma"),
)
