"""FormResNet: formats the picture first, so that what is left to learn is structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_LAYERS = 20


class FormResNet(nn.Module):
    """Twenty 3x3 convolutions whose output is added to the formatted picture.

    Jianbo Jiao, Wei-Chih Tu, Shengfeng He, Rynson W. H. Lau: "FormResNet: Formatted Residual
    Learning for Image Restoration", CVPR Workshops 2017,
    https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/Jiao_FormResNet_Formatted_Residual_CVPR_2017_paper.html
    Its figure of the method shows a formatting layer, a fixed one such as a classical denoiser,
    then convolutions with batch normalisation and rectifiers whose output is added to what was
    formatted. The depth is that of the survey of Anwar, Khan and Barnes, which also counts the
    671 k: 20 layers of 64 channels, each but the last with batch normalisation whose stored
    statistics are counted, have 670,785.

    Deviations: the formatting layer is the bicubic enlargement, which the network is given; that
    is our reading for enlarging. Batch normalisation is merged into the convolutions (666 k). The
    recursive variant, whose formatting layer is a network of its own, and the loss net are left
    out. No file of its weights is known: the layout is our own.

    Args:
        num_layers: convolutions in all.
        num_feat: channels in between.
    """

    def __init__(self, num_layers: int = _LAYERS, num_feat: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, num_feat, 3, padding=1), nn.ReLU()]
        for _ in range(num_layers - 2):
            layers += [nn.Conv2d(num_feat, num_feat, 3, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Conv2d(num_feat, 1, 3, padding=1))

    @override
    def forward(self, formatted: Tensor) -> Tensor:
        """formatted: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        structure: Tensor = self.body(formatted)
        return formatted + structure


MODEL = ModelSpec(
    id="formresnet",
    title="FormResNet",
    year=2017,
    paper="Jianbo Jiao, Wei-Chih Tu, Shengfeng He, Rynson W. H. Lau: FormResNet: Formatted Residual "
    "Learning for Image Restoration, CVPR Workshops 2017, https://openaccess.thecvf.com/"
    "content_cvpr_2017_workshops/w12/html/Jiao_FormResNet_Formatted_Residual_CVPR_2017_paper.html",
    build=lambda _scale: FormResNet(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(_LAYERS),
    loss="l2, Sobel and feature",
    published_parameters={2: 671_000, 3: 671_000, 4: 671_000},
)
