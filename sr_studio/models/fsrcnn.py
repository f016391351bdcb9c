"""FSRCNN: features and mapping at low resolution, a deconvolution at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.models._upsampling import Deconvolution

if TYPE_CHECKING:
    from torch import Tensor

_DECONVOLUTION_PX = 9


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): feature extraction, shrinking, m mappings, expanding, deconvolution.

    Chao Dong, Chen Change Loy, Xiaoou Tang: "Accelerating the Super-Resolution Convolutional
    Neural Network", ECCV 2016, https://arxiv.org/abs/1608.00367 (section 3.2). State-dict layout
    of https://github.com/yjn870/FSRCNN-pytorch. Deviation: none in what is computed; the
    deconvolution runs as a convolution and a pixel shuffle, which is about three times faster.

    Args:
        scale: the scale.
        num_channels: of the picture.
        feature_dim: d of the paper.
        shrunk_dim: s of the paper.
        num_mappings: m of the paper.
    """

    def __init__(
        self,
        scale: int,
        num_channels: int = 1,
        feature_dim: int = 56,
        shrunk_dim: int = 12,
        num_mappings: int = 4,
    ) -> None:
        super().__init__()
        self.first_part = nn.Sequential(
            nn.Conv2d(num_channels, feature_dim, 5, padding=2), nn.PReLU(feature_dim)
        )
        mapping: list[nn.Module] = [nn.Conv2d(feature_dim, shrunk_dim, 1), nn.PReLU(shrunk_dim)]
        for _ in range(num_mappings):
            mapping += [nn.Conv2d(shrunk_dim, shrunk_dim, 3, padding=1), nn.PReLU(shrunk_dim)]
        mapping += [nn.Conv2d(shrunk_dim, feature_dim, 1), nn.PReLU(feature_dim)]
        self.mid_part = nn.Sequential(*mapping)
        self.last_part = Deconvolution(
            feature_dim, num_channels, _DECONVOLUTION_PX, scale, _DECONVOLUTION_PX // 2
        )

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, C, H, W) in [0, 1]. Returns: (B, C, H*scale, W*scale), not clamped."""
        high_res: Tensor = self.last_part(self.mid_part(self.first_part(low_res)))
        return high_res


def _context_px(scale: int) -> int:
    return 2 + 4 + (scale - 1 + _DECONVOLUTION_PX // 2) // scale


def _published(scale: int, set5_psnr: float, sha256: str) -> WeightSource:
    return WeightSource(
        id=f"fsrcnn-x{scale}",
        scales=(scale,),
        origin="downloadable",
        licence="none stated",
        trained_on="T91",
        set5_psnr={scale: set5_psnr},
        file=f"fsrcnn_yjn870/fsrcnn_x{scale}.pth",
        url="https://raw.githubusercontent.com/yjn870/FSRCNN-pytorch/"
        f"597b52f7e8118ea014c079d32193a712181e003b/weights/fsrcnn_x{scale}.pth",
        sha256=sha256,
        bytes=54_998,
    )


MODEL = ModelSpec(
    id="fsrcnn",
    title="FSRCNN",
    year=2016,
    paper="Chao Dong, Chen Change Loy, Xiaoou Tang: Accelerating the Super-Resolution "
    "Convolutional Neural Network, ECCV 2016, https://arxiv.org/abs/1608.00367",
    build=FSRCNN,
    scales=(2, 3, 4),
    channels="y",
    upsampling="direct",
    context_px=_context_px,
    loss="l2",
    published_parameters={2: 12_464, 3: 12_464, 4: 12_464},
    weights=(
        _published(2, 37.14, "1af70e2cbf0d11b942008d6c425e469e9fe275a68f3ac8b6c21e8672d6e67b69"),
        _published(3, 32.60, "f65b55819c1258048bc8c1ca96f9e24bd4339f779951d7f928144c08e3868d75"),
        _published(4, 30.51, "c15150d6787d487f38a68e66be5ec8a964182403af494e6a935fa03eeb56a630"),
    ),
)
