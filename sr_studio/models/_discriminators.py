"""Networks that tell enlarged crops from real ones; they enlarge nothing and are no choice."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from typing_extensions import override

from sr_studio.models import esrgan, srresnet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

DiscriminatorKind: TypeAlias = Literal["patch", "srgan", "esrgan"]
DISCRIMINATOR_KINDS: tuple[DiscriminatorKind, ...] = get_args(DiscriminatorKind)


class PatchDiscriminator(nn.Module):
    """Rates every patch of 70 x 70 of a crop of any size; light enough for a processor.

    Phillip Isola, Jun-Yan Zhu, Tinghui Zhou, Alexei A. Efros: "Image-to-Image Translation with
    Conditional Adversarial Networks", CVPR 2017, https://arxiv.org/abs/1611.07004 (appendix 6.1.2,
    C64-C128-C256-C512). Deviations: fewer channels by default, unconditional, and spectral
    normalisation (Miyato et al., ICLR 2018, https://arxiv.org/abs/1802.05957) instead of batch
    normalisation, which small batches upset.

    Args:
        num_feat: channels of the first convolution.
    """

    def __init__(self, num_feat: int = 32) -> None:
        super().__init__()
        widths = (3, num_feat, num_feat * 2, num_feat * 4, num_feat * 8)
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(itertools.pairwise(widths)):
            stride = 2 if number < 3 else 1
            layers += [
                spectral_norm(nn.Conv2d(before, after, 4, stride=stride, padding=1)),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.layers = nn.Sequential(
            *layers, spectral_norm(nn.Conv2d(widths[-1], 1, 4, stride=1, padding=1))
        )

    @override
    def forward(self, crop: Tensor) -> Tensor:
        """crop: (B, 3, H, W), RGB in [0, 1], from 32 a side. Returns: (B, 1, h, w), logits."""
        logits: Tensor = self.layers(crop)
        return logits


_BUILDERS: Mapping[DiscriminatorKind, tuple[Callable[[], nn.Module], int | None]] = {
    "patch": (PatchDiscriminator, None),
    "srgan": (srresnet.Discriminator, srresnet.CROP_PX),
    "esrgan": (esrgan.Discriminator, esrgan.CROP_PX),
}


def build_discriminator(kind: DiscriminatorKind) -> nn.Module:
    """Return one that maps (B, 3, H, W) in [0, 1] to logits; above 0 means real."""
    return _BUILDERS[kind][0]()


def crop_side_px(kind: DiscriminatorKind) -> int | None:
    """Return the only side of a crop that it takes, None where any will do."""
    return _BUILDERS[kind][1]
