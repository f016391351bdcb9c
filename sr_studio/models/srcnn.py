"""SRCNN: the first convolutional network for super-resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._initial_weights import fill_for_rectifiers, fill_with_little
from sr_studio.models._shipped import SET_291, shipped_weights
from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Chao Dong, Chen Change Loy, Kaiming He, Xiaoou Tang: Image Super-Resolution Using Deep "
    "Convolutional Networks, TPAMI 2016 (ECCV 2014), https://arxiv.org/abs/1501.00092"
)


class SRCNN(nn.Module):
    """Patch extraction, non-linear mapping, reconstruction (section 3.1 of the paper).

    Chao Dong, Chen Change Loy, Kaiming He, Xiaoou Tang: "Image Super-Resolution Using Deep
    Convolutional Networks", TPAMI 2016, https://arxiv.org/abs/1501.00092. Deviation: the paper
    trains without padding; here, as in the authors' test code, borders are replicated so that
    the picture keeps its size. Its hidden layers start with N(0, 0.001^2), ours with He et al.'s,
    from which Adam gets on at once.

    Args:
        mapping_kernel_px: side of the middle filters: 5 for 9-5-5, 1 for 9-1-5.
    """

    def __init__(self, mapping_kernel_px: int = 5) -> None:
        super().__init__()
        self.extraction = _same_conv(1, 64, 9)
        self.mapping = _same_conv(64, 32, mapping_kernel_px)
        self.reconstruction = _same_conv(32, 1, 5)
        self.relu = nn.ReLU(inplace=True)
        fill_for_rectifiers(self)
        fill_with_little(self.reconstruction)

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        features = self.relu(self.extraction(enlarged))
        restored: Tensor = self.reconstruction(self.relu(self.mapping(features)))
        return restored


def _same_conv(in_channels: int, out_channels: int, kernel_px: int) -> nn.Conv2d:
    return nn.Conv2d(
        in_channels, out_channels, kernel_px, padding=kernel_px // 2, padding_mode="replicate"
    )


MODEL = (
    ModelSpec(
        id="srcnn",
        title="SRCNN (9-5-5)",
        year=2014,
        paper=_PAPER,
        build=lambda _scale: SRCNN(mapping_kernel_px=5),
        scales=(2, 3, 4),
        channels="y",
        upsampling="bicubic",
        context_px=bicubic_context(4 + 2 + 2),
        loss="l2",
        published_parameters={2: 57_184, 3: 57_184, 4: 57_184},
        # of the weights trained on ImageNet, as the papers of VDSR and DRCN tabulate them
        published_psnr={
            "Set5": {2: 36.66, 3: 32.75, 4: 30.48},
            "Set14": {2: 32.42, 3: 29.28, 4: 27.49},
            "BSD100": {2: 31.36, 3: 28.41, 4: 26.90},
        },
    ),
    ModelSpec(
        id="srcnn-915",
        title="SRCNN (9-1-5)",
        year=2014,
        paper=_PAPER,
        build=lambda _scale: SRCNN(mapping_kernel_px=1),
        scales=(2, 3, 4),
        channels="y",
        upsampling="bicubic",
        context_px=bicubic_context(4 + 0 + 2),
        loss="l2",
        published_parameters={2: 8_032, 3: 8_032, 4: 8_032},
        weights=shipped_weights("srcnn-915", (2, 3, 4), SET_291),
        # of the weights trained on 91 pictures, section 4.1 and figure 4 of the paper
        published_psnr={"Set5": {3: 32.39}},
    ),
)
