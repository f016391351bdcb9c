"""DRCN: one convolution, sixteen times, and a picture after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._predictions import EnsembleOfPredictions
from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

_RECURSIONS = 16


class DRCN(EnsembleOfPredictions):
    """Embedding, recursive inference, and one reconstruction that all recursions share.

    Jiwon Kim, Jung Kwon Lee, Kyoung Mu Lee: "Deeply-Recursive Convolutional Network for Image
    Super-Resolution", CVPR 2016, https://arxiv.org/abs/1511.04491 (section 3). 1,775 k are
    3 * 256 * 256 * 9 + 2 * 256 * 9 and biases. There is no official PyTorch release, so the names
    are our own. Deviation: zero padding, which keeps the size.

    Args:
        num_recursions: of the inference network.
        num_feat: channels.
    """

    def __init__(self, num_recursions: int = _RECURSIONS, num_feat: int = 256) -> None:
        super().__init__(num_recursions)
        self.embedding = nn.Sequential(
            nn.Conv2d(1, num_feat, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.inference = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.reconstruction = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, 1, 3, padding=1),
        )

    @override
    def each_prediction(self, enlarged: Tensor) -> Iterator[Tensor]:
        features = self.embedding(enlarged)
        for _ in self.ensemble:
            features = torch.relu(self.inference(features))
            yield enlarged + self.reconstruction(features)


MODEL = ModelSpec(
    id="drcn",
    title="DRCN",
    year=2016,
    paper="Jiwon Kim, Jung Kwon Lee, Kyoung Mu Lee: Deeply-Recursive Convolutional Network for "
    "Image Super-Resolution, CVPR 2016, https://arxiv.org/abs/1511.04491",
    build=lambda _scale: DRCN(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(2 + _RECURSIONS + 2),
    loss="l2",
    published_parameters={2: 1_775_000, 3: 1_775_000, 4: 1_775_000},
    published_psnr={
        "Set5": {2: 37.63, 3: 33.82, 4: 31.53},
        "Set14": {2: 33.04, 3: 29.76, 4: 28.02},
        "BSD100": {2: 31.85, 3: 28.80, 4: 27.23},
    },
)
