"""CNF: deeper SRCNNs of three depths, fused by a convolution each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_DEPTHS = (7, 9, 11)


class CNF(nn.Module):
    """The outputs of separately trained networks, each through a convolution of its own, summed.

    Haoyu Ren, Mostafa El-Khamy, Jungwon Lee: "Image Super Resolution Based on Fusing Multiple
    Convolution Neural Networks", CVPR Workshops 2017,
    https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/Ren_Image_Super_Resolution_CVPR_2017_paper.html
    (context-wise network fusion, equation 6).

    The paper itself was not to be had; summaries of it say: SRCNN 9-5-5 with further 3x3 layers
    before the last, three depths fused. Its counts pin down the rest, weights without biases: depths
    11, 13 and 15 have the 448,059 that the paper states if the further layers have 32 channels and
    the fusing kernels are 3x3. By the same rule the published 337 k, which are 311.0 G
    multiplications and additions for a result of 1280 x 720 in table 1 of CARN
    (https://arxiv.org/abs/1803.08664), are depths 7, 9 and 11 with 337,467, as here. Deviation:
    zero padding, which keeps the size.

    Args:
        depths: layers of each network.
    """

    def __init__(self, depths: Sequence[int] = _DEPTHS) -> None:
        super().__init__()
        self.networks = nn.ModuleList(_DeepSRCNN(depth) for depth in depths)
        self.fusions = nn.ModuleList(nn.Conv2d(1, 1, 3, padding=1) for _ in depths)

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        return self.pictures(enlarged)[-1]

    def pictures(self, enlarged: Tensor) -> tuple[Tensor, ...]:
        """Return what each network makes alone, to train them apart first, and the fused one last.

        Args:
            enlarged: (B, 1, H, W), Y in [0, 1], bicubic.

        Returns:
            Each of the same shape, not clamped.
        """
        alone = tuple(network(enlarged) for network in self.networks)
        fused = torch.zeros_like(enlarged)
        for fusion, picture in zip(self.fusions, alone, strict=True):
            fused = fused + fusion(picture)
        return *alone, fused


class _DeepSRCNN(nn.Module):
    """SRCNN 9-5-5 with 3x3 layers before its last."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, 64, 9, padding=4),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 32, 5, padding=2),
            nn.ReLU(inplace=True),
        ]
        for _ in range(depth - 3):
            layers += [nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(inplace=True)]
        self.body = nn.Sequential(*layers, nn.Conv2d(32, 1, 5, padding=2))

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        restored: Tensor = self.body(enlarged)
        return restored


MODEL = ModelSpec(
    id="cnf",
    title="CNF",
    year=2017,
    paper="Haoyu Ren, Mostafa El-Khamy, Jungwon Lee: Image Super Resolution Based on Fusing "
    "Multiple Convolution Neural Networks, CVPR Workshops 2017, "
    "https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/"
    "Ren_Image_Super_Resolution_CVPR_2017_paper.html",
    build=lambda _scale: CNF(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(4 + 2 + (max(_DEPTHS) - 3) + 2 + 1),
    loss="l2",
    published_parameters={2: 337_000, 3: 337_000, 4: 337_000},
)
