"""ESPCN: the sub-pixel convolution, which made networks work at low resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._initial_weights import fill_for_rectifiers, fill_with_little
from sr_studio.models._shipped import SET_291, shipped_weights
from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Wenzhe Shi, Jose Caballero, Ferenc Huszár, Johannes Totz, Andrew P. Aitken, Rob Bishop, "
    "Daniel Rueckert, Zehan Wang: Real-Time Single Image and Video Super-Resolution Using an "
    "Efficient Sub-Pixel Convolutional Neural Network, CVPR 2016, https://arxiv.org/abs/1609.05158"
)


class ESPCN(nn.Module):
    """Three convolutions at low resolution and a pixel shuffle (equations 1 to 4 of the paper).

    Wenzhe Shi, Jose Caballero, Ferenc Huszár, Johannes Totz, Andrew P. Aitken, Rob Bishop, Daniel
    Rueckert, Zehan Wang: "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network", CVPR 2016, https://arxiv.org/abs/1609.05158.
    (f1, n1) = (5, 64), (f2, n2) = (3, 32), f3 = 3, tanh. Deviation: zero padding, which keeps the
    size; the paper trains on patches without padding. The paper gives no count of parameters; the
    survey of Anwar, Khan and Barnes says 20 k, the paper's layers are 21,284 at x2, 22,729 at x3
    and 24,752 at x4.

    Args:
        scale: the scale.
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        last = nn.Conv2d(32, scale**2, 3, padding=1)
        self.body = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.Tanh(),
            last,
        )
        self.upsampler = nn.PixelShuffle(scale)
        fill_for_rectifiers(self)  # tanh is steep where signals are small, as ReLU is
        fill_with_little(last)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), not clamped."""
        high_res: Tensor = self.upsampler(self.body(low_res))  # (B, r*r, H, W) -> (B, 1, rH, rW)
        return high_res


class RectifiedESPCN(nn.Module):
    """ESPCN with ReLU between the convolutions and tanh at the end.

    The network of https://github.com/fannymonori/TF-ESPCN, which OpenCV's dnn_superres runs; its
    deviation from the paper is those activations. Trained on luma of the full range, which differs
    from MATLAB's by 0.06 dB on Set5, and on pictures shrunk without antialiasing: on MATLAB's
    bicubic, Set5 x2 is 34.73 dB.

    Args:
        scale: the scale.
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2),
            nn.ReLU(),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, scale**2, 3, padding=1),
            nn.PixelShuffle(scale),
            nn.Tanh(),
        )

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), below 1."""
        high_res: Tensor = self.layers(low_res)
        return high_res


def convert_tensorflow(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name the tensors of https://github.com/fannymonori/TF-ESPCN (f1, b1, ... b3)."""
    if tensors.keys() != {"f1", "f2", "f3", "b1", "b2", "b3"}:
        return tensors
    return {
        f"layers.{2 * number}.{name}": tensors[f"{letter}{number + 1}"]
        for number in range(3)
        for name, letter in (("weight", "f"), ("bias", "b"))
    }


MODEL = (
    ModelSpec(
        id="espcn",
        title="ESPCN",
        year=2016,
        paper=_PAPER,
        build=ESPCN,
        scales=(2, 3, 4),
        channels="y",
        upsampling="direct",
        context_px=lambda _scale: 2 + 1 + 1,
        loss="l2",
        weights=shipped_weights("espcn", (2, 3, 4), SET_291),
        # of the weights trained on 91 pictures, table 1 of the paper
        published_psnr={"Set5": {3: 32.55}},
    ),
    ModelSpec(
        id="espcn-relu",
        title="ESPCN (ReLU)",
        year=2016,
        paper=_PAPER,
        build=RectifiedESPCN,
        scales=(2, 3, 4),
        channels="y",
        upsampling="direct",
        context_px=lambda _scale: 2 + 1 + 1,
        loss="l2",
        converts=(convert_tensorflow,),
    ),
)
