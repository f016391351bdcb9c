"""FSRCNN: features and mapping at low resolution, a deconvolution at the end."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._initial_weights import fill_for_rectifiers, fill_with_little
from sr_studio.models._shipped import SET_291, shipped_weights
from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.models._upsampling import Deconvolution

if TYPE_CHECKING:
    from torch import Tensor

_DECONVOLUTION_PX = 9
_PAPER = (
    "Chao Dong, Chen Change Loy, Xiaoou Tang: Accelerating the Super-Resolution Convolutional "
    "Neural Network, ECCV 2016, https://arxiv.org/abs/1608.00367"
)


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): feature extraction, shrinking, m mappings, expanding, deconvolution.

    Chao Dong, Chen Change Loy, Xiaoou Tang: "Accelerating the Super-Resolution Convolutional
    Neural Network", ECCV 2016, https://arxiv.org/abs/1608.00367 (section 3.2). State-dict layout
    of https://github.com/yjn870/FSRCNN-pytorch. Deviation: none in what is computed; the
    deconvolution runs as a convolution and a pixel shuffle, which is about three times faster.
    FSRCNN-s of the paper is FSRCNN(32, 5, 1); its 3,937 parameters are those of filters alone.

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
        fill_for_rectifiers(self)  # both as in section 4.1
        fill_with_little(self.last_part)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, C, H, W) in [0, 1]. Returns: (B, C, H*scale, W*scale), not clamped."""
        high_res: Tensor = self.last_part(self.mid_part(self.first_part(low_res)))
        return high_res


def _context_px(scale: int) -> int:
    return 2 + 4 + (scale - 1 + _DECONVOLUTION_PX // 2) // scale


def convert_tensorflow(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name the tensors of https://github.com/Saafke/FSRCNN_Tensorflow (f1, b1, alpha1, ...).

    These are the networks of OpenCV's dnn_superres. They end with a 1x1 convolution to scale^2
    channels and a shuffle, which is a deconvolution of scale x scale pixels: it is laid into the
    9x9 one around its centre, where it does the same. They were trained on luma of the full range;
    on MATLAB's, on which networks run here, Set5 differs by 0.03 dB. And on pictures shrunk without
    antialiasing: on MATLAB's bicubic, Set5 x2 is 34.86 dB.
    """
    layers = sum(bool(re.fullmatch(r"f\d+", name)) for name in tensors)
    names = {f"{kind}{number}" for kind in ("f", "b") for number in range(1, layers + 1)}
    names |= {f"alpha{number}" for number in range(1, layers)}
    if layers < 5 or tensors.keys() != names or tensors[f"f{layers}"].ndim != 4:
        return tensors
    converted: dict[str, Tensor] = {}
    for number in range(1, layers):
        part, place = ("first_part", 0) if number == 1 else ("mid_part", 2 * number - 4)
        converted[f"{part}.{place}.weight"] = tensors[f"f{number}"]
        converted[f"{part}.{place}.bias"] = tensors[f"b{number}"]
        converted[f"{part}.{place + 1}.weight"] = tensors[f"alpha{number}"]
    last = tensors[f"f{layers}"]  # (scale*scale, d, 1, 1)
    scale = math.isqrt(last.shape[0])
    first_px = _DECONVOLUTION_PX // 2
    if scale**2 != last.shape[0] or first_px + scale > _DECONVOLUTION_PX:
        return tensors
    weight = last.new_zeros(last.shape[1], 1, _DECONVOLUTION_PX, _DECONVOLUTION_PX)
    taps = slice(first_px, first_px + scale)
    weight[:, 0, taps, taps] = last[:, :, 0, 0].T.reshape(-1, scale, scale)
    return converted | {"last_part.weight": weight, "last_part.bias": tensors[f"b{layers}"]}


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


MODEL = (
    ModelSpec(
        id="fsrcnn",
        title="FSRCNN",
        year=2016,
        paper=_PAPER,
        build=FSRCNN,
        scales=(2, 3, 4),
        channels="y",
        upsampling="direct",
        context_px=_context_px,
        loss="l2",
        published_parameters={2: 12_464, 3: 12_464, 4: 12_464},
        published_psnr={"Set5": {2: 37.00, 3: 33.16, 4: 30.71}, "Set14": {2: 32.63}},
        converts=(convert_tensorflow,),
        weights=(
            _published(
                2, 37.14, "1af70e2cbf0d11b942008d6c425e469e9fe275a68f3ac8b6c21e8672d6e67b69"
            ),
            _published(
                3, 32.60, "f65b55819c1258048bc8c1ca96f9e24bd4339f779951d7f928144c08e3868d75"
            ),
            _published(
                4, 30.51, "c15150d6787d487f38a68e66be5ec8a964182403af494e6a935fa03eeb56a630"
            ),
            *shipped_weights("fsrcnn-291", (2, 3, 4), SET_291),
        ),
    ),
    ModelSpec(
        id="fsrcnn-s",
        title="FSRCNN-s",
        year=2016,
        paper=_PAPER,
        build=lambda scale: FSRCNN(scale, feature_dim=32, shrunk_dim=5, num_mappings=1),
        scales=(2, 3, 4),
        channels="y",
        upsampling="direct",
        context_px=lambda scale: _context_px(scale) - 3,
        loss="l2",
        converts=(convert_tensorflow,),
    ),
)
