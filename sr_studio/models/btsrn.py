"""BTSRN: residual blocks in two stages, at low and at high resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_LOW_BLOCKS, _HIGH_BLOCKS = 6, 4
_LEAK = 0.2


class BTSRN(nn.Module):
    """Six blocks before the enlargement and four behind it; what bicubic lacks is learned.

    Yuchen Fan, Honghui Shi, Jiahui Yu, Ding Liu, Wei Han, Haichao Yu, Zhangyang Wang, Xinchao Wang,
    Thomas S. Huang: "Balanced Two-Stage Residual Networks for Image Super-Resolution", CVPR
    Workshops 2017,
    https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/Fan_Balanced_Two-Stage_Residual_CVPR_2017_paper.html.
    Structure of the authors' code, https://github.com/ychfan/sr_ntire2017 (`model_resnet_up`),
    with x4 in two steps of x2 and a block between them.

    The paper gives no count of parameters. The published 410 k, with 207.7 G, 176.2 G and 165.2 G
    multiplications and additions at x2, x3 and x4 for a result of 1280 x 720, are those of the ten
    blocks with 64 channels throughout (10 * 64 * 64 * (1 + 9)), and so it is here; the code of the
    challenge has 128, projected to 64. Deviations: zero padding in each block, where the code
    mirrors the picture once and lets it shrink; the bicubic enlargement is not rounded to 8 bits.

    Args:
        scale: 2, 3 or 4.
        num_feat: channels.
        num_projected: channels that the 3x3 convolutions read.
    """

    def __init__(self, scale: int, num_feat: int = 64, num_projected: int = 64) -> None:
        super().__init__()
        self.scale = scale
        self.entry = nn.Conv2d(3, num_feat, 1)
        self.low_stage = nn.Sequential(
            *(_Block(num_feat, num_projected) for _ in range(_LOW_BLOCKS))
        )
        self.upsampler = (
            nn.Sequential(
                _Upsampler(num_feat, 2), _Block(num_feat, num_projected), _Upsampler(num_feat, 2)
            )
            if scale == 4
            else _Upsampler(num_feat, scale)
        )
        self.high_stage = nn.Sequential(
            *(_Block(num_feat, num_projected) for _ in range(_HIGH_BLOCKS))
        )
        self.exit = nn.Conv2d(num_feat, 3, 1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        features = self.low_stage(self.entry(low_res - 0.5))
        features = self.high_stage(self.upsampler(features))
        residual: Tensor = self.exit(F.leaky_relu(features, _LEAK))
        # antialias is for its kernel, a = -0.5; there is nothing to smooth
        scale = float(self.scale)
        bicubic = F.interpolate(low_res, scale_factor=scale, mode="bicubic", antialias=True)
        return bicubic + residual


class _Block(nn.Module):
    """Projected convolution: 1x1 and 3x3, each behind its activation, around a shortcut."""

    def __init__(self, num_feat: int, num_projected: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(num_feat, num_projected, 1)
        self.filter = nn.Conv2d(num_projected, num_feat, 3, padding=1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        projected = self.projection(F.leaky_relu(features, _LEAK))
        filtered: Tensor = self.filter(F.leaky_relu(projected, _LEAK))
        return features + filtered


class _Upsampler(nn.Module):
    """Nearest neighbours plus a deconvolution whose kernel is as wide as its stride."""

    def __init__(self, num_feat: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.deconvolution = nn.ConvTranspose2d(num_feat, num_feat, scale, stride=scale)

    @override
    def forward(self, features: Tensor) -> Tensor:
        nearest = F.interpolate(features, scale_factor=float(self.scale), mode="nearest")
        detail: Tensor = self.deconvolution(F.leaky_relu(features, _LEAK))
        return nearest + detail


def _counted(network: nn.Module) -> nn.Module:
    return nn.ModuleList([network.get_submodule("low_stage"), network.get_submodule("high_stage")])


MODEL = ModelSpec(
    id="btsrn",
    title="BTSRN",
    year=2017,
    paper="Yuchen Fan, Honghui Shi, Jiahui Yu, Ding Liu, Wei Han, Haichao Yu, Zhangyang Wang, "
    "Xinchao Wang, Thomas S. Huang: Balanced Two-Stage Residual Networks for Image "
    "Super-Resolution, CVPR Workshops 2017, "
    "https://openaccess.thecvf.com/content_cvpr_2017_workshops/w12/html/"
    "Fan_Balanced_Two-Stage_Residual_CVPR_2017_paper.html",
    build=BTSRN,
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    context_px=lambda _scale: _LOW_BLOCKS + 2,  # four pixels behind the enlargement are two before
    loss="l2",
    published_parameters={2: 410_000, 3: 410_000, 4: 410_000},
    counted=_counted,
)
