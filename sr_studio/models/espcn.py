"""ESPCN: the sub-pixel convolution, which made networks work at low resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

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
        is_rectified: ReLU between the convolutions and tanh at the end, as in TensorFlow's ESPCN of
            OpenCV's dnn_superres, https://github.com/fannymonori/TF-ESPCN.
    """

    def __init__(self, scale: int, *, is_rectified: bool = False) -> None:
        super().__init__()
        activation = nn.ReLU if is_rectified else nn.Tanh
        self.body = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2),
            activation(),
            nn.Conv2d(64, 32, 3, padding=1),
            activation(),
            nn.Conv2d(32, scale**2, 3, padding=1),
        )
        self.upsampler = nn.PixelShuffle(scale)
        self.last = nn.Tanh() if is_rectified else nn.Identity()

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), not clamped."""
        high_res: Tensor = self.last(
            self.upsampler(self.body(low_res))
        )  # (B, r*r, H, W) -> (B, 1, rH, rW)
        return high_res


def convert_tensorflow(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Name the tensors of https://github.com/fannymonori/TF-ESPCN (f1, b1, ... b3)."""
    if tensors.keys() != {"f1", "f2", "f3", "b1", "b2", "b3"}:
        return tensors
    return {
        f"body.{2 * number}.{name}": tensors[f"{letter}{number + 1}"]
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
    ),
    ModelSpec(
        id="espcn-relu",
        title="ESPCN (ReLU)",
        year=2016,
        paper=_PAPER,
        build=lambda scale: ESPCN(scale, is_rectified=True),
        scales=(2, 3, 4),
        channels="y",
        upsampling="direct",
        context_px=lambda _scale: 2 + 1 + 1,
        loss="l2",
        converts=(convert_tensorflow,),
    ),
)
