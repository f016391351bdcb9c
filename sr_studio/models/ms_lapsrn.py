"""MS-LapSRN: LapSRN's pyramid with one small set of layers, used again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec
from sr_studio.models.lapsrn import LaplacianPyramid, fill_bilinear

if TYPE_CHECKING:
    from torch import Tensor

_DEPTH = 5
_RECURSIONS = 8


class MSLapSRN(LaplacianPyramid):
    """D5R8-SS: five layers run eight times per level, each time with the level's input added.

    Wei-Sheng Lai, Jia-Bin Huang, Narendra Ahuja, Ming-Hsuan Yang: "Fast and Accurate Image
    Super-Resolution with Deep Laplacian Pyramid Networks", TPAMI 2018,
    https://arxiv.org/abs/1710.01992 (section 3.3, figures 3 to 5). All levels share all layers, so
    that the same parameters serve every scale. Layers as in the authors' code,
    https://github.com/phoenix104104/LapSRN: activation before convolution, and deconvolutions of
    features of 3x3, cut at the right and bottom, to which their 222 k belong.

    x3 is the authors' own way: x4, reduced to three quarters by MATLAB's bicubic. No deviation.

    Args:
        scale: 2, 3, 4 or 8.
        depth: D of the paper: layers in the recursive block.
        num_recursions: R of the paper: how often the block runs in a level.
        num_feat: channels.
    """

    def __init__(
        self,
        scale: int,
        depth: int = _DEPTH,
        num_recursions: int = _RECURSIONS,
        num_feat: int = 64,
    ) -> None:
        super().__init__(scale)
        self.num_recursions = num_recursions
        self.input_conv = nn.Conv2d(1, num_feat, 3, padding=1)
        self.block = nn.Sequential(
            *(nn.Conv2d(num_feat, num_feat, 3, padding=1) for _ in range(depth))
        )
        self.upconv = nn.ConvTranspose2d(num_feat, num_feat, 3, stride=2)
        self.img_up = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)
        fill_bilinear(self.img_up)
        self.residual_conv = nn.Conv2d(num_feat, 1, 3, padding=1)

    @override
    def pyramid(self, low_res: Tensor) -> tuple[Tensor, ...]:
        picture, features = low_res, self.input_conv(low_res)
        pictures = []
        for _ in range(self.num_levels):
            features = self._double(self._embed(features))
            picture = self.img_up(picture) + self.residual_conv(features)
            pictures.append(picture)
        return tuple(pictures)

    def _embed(self, level_input: Tensor) -> Tensor:
        features = level_input
        for _ in range(self.num_recursions):
            for conv in self.block:
                features = conv(_activate(features))
            features = features + level_input
        return features

    def _double(self, features: Tensor) -> Tensor:
        height, width = features.shape[2:]
        doubled: Tensor = self.upconv(_activate(features))
        return doubled[..., : 2 * height, : 2 * width]


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.2)


# forty pixels at the first level, half as many at the second, a quarter at the third, and what the
# other layers reach; x3 also has the reduction's
_CONTEXT_PX = {2: 42, 3: 63, 4: 62, 8: 72}


MODEL = ModelSpec(
    id="ms-lapsrn",
    title="MS-LapSRN",
    year=2018,
    paper="Wei-Sheng Lai, Jia-Bin Huang, Narendra Ahuja, Ming-Hsuan Yang: Fast and Accurate Image "
    "Super-Resolution with Deep Laplacian Pyramid Networks, TPAMI 2018, "
    "https://arxiv.org/abs/1710.01992",
    build=MSLapSRN,
    scales=(2, 3, 4, 8),
    channels="y",
    upsampling="progressive",
    context_px=_CONTEXT_PX.__getitem__,
    loss="charbonnier",
    published_parameters={2: 222_000, 4: 222_000, 8: 222_000},
    published_psnr={
        "Set5": {4: 31.74},
        "Set14": {2: 33.28, 4: 28.26, 8: 24.57},
        "BSD100": {2: 32.05, 4: 27.43, 8: 24.65},
    },
)
