"""IMDN: information multi-distillation, a light network with channel attention; and IMDN-RTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_RTC_BLOCKS = 5


class DistillationNet(nn.Module):
    """Blocks one after the other, whose outputs are fused, and a pixel shuffle.

    What IMDN and RFDN have in common.

    Args:
        scale: the scale.
        num_feat: channels.
        blocks: under the names of the authors.
    """

    def __init__(self, scale: int, num_feat: int, blocks: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.fea_conv = nn.Conv2d(3, num_feat, 3, padding=1)
        self.block_names = tuple(blocks)
        for name, block in blocks.items():
            self.add_module(name, block)
        self.c = nn.Sequential(nn.Conv2d(num_feat * len(blocks), num_feat, 1), nn.LeakyReLU(0.05))
        self.LR_conv = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.upsampler = nn.Sequential(
            nn.Conv2d(num_feat, 3 * scale**2, 3, padding=1), nn.PixelShuffle(scale)
        )

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB. Returns: (B, 3, H*scale, W*scale), same range, not clamped."""
        shallow = features = self.fea_conv(low_res)
        block_outputs = []
        for name in self.block_names:
            features = self.get_submodule(name)(features)
            block_outputs.append(features)
        fused = self.LR_conv(self.c(torch.cat(block_outputs, dim=1))) + shallow
        high_res: Tensor = self.upsampler(fused)
        return high_res


class IMDN(DistillationNet):
    """Six distillation blocks, whose outputs are fused, and a pixel shuffle.

    Zheng Hui, Xinbo Gao, Yunchu Yang, Xiumei Wang: "Lightweight Image Super-Resolution with
    Information Multi-distillation Network", ACM Multimedia 2019, https://arxiv.org/abs/1909.11856
    (figures 1 to 3). State-dict layout of https://github.com/Zheng222/IMDN. No deviation.

    Args:
        scale: the scale.
        num_feat: channels.
        num_blocks: distillation blocks.
    """

    def __init__(self, scale: int, num_feat: int = 64, num_blocks: int = 6) -> None:
        names = (f"IMDB{number}" for number in range(1, num_blocks + 1))
        super().__init__(scale, num_feat, {name: _DistillationBlock(num_feat) for name in names})


class _DistillationBlock(nn.Module):
    """Keeps a quarter of the channels at each step and refines the rest."""

    def __init__(self, num_feat: int, *, has_attention: bool = True) -> None:
        super().__init__()
        kept = num_feat // 4
        self.split = [kept, num_feat - kept]
        self.c1 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.c2 = nn.Conv2d(num_feat - kept, num_feat, 3, padding=1)
        self.c3 = nn.Conv2d(num_feat - kept, num_feat, 3, padding=1)
        self.c4 = nn.Conv2d(num_feat - kept, kept, 3, padding=1)
        self.c5 = nn.Conv2d(num_feat, num_feat, 1)
        self.cca = ContrastAwareAttention(num_feat) if has_attention else nn.Identity()

    @override
    def forward(self, features: Tensor) -> Tensor:
        kept = []
        rest = features
        for conv in (self.c1, self.c2, self.c3):
            distilled, rest = torch.split(F.leaky_relu(conv(rest), 0.05), self.split, dim=1)
            kept.append(distilled)
        fused: Tensor = self.c5(self.cca(torch.cat([*kept, self.c4(rest)], dim=1)))
        return fused + features


class ContrastAwareAttention(nn.Module):
    """Weighs channels by their mean plus standard deviation over the whole picture.

    Args:
        num_feat: channels.
        reduction: of the channels in between.
    """

    def __init__(self, num_feat: int, reduction: int = 16) -> None:
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.Conv2d(num_feat, num_feat // reduction, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat // reduction, num_feat, 1),
            nn.Sigmoid(),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        contrast = features.std((2, 3), correction=0, keepdim=True)
        weights: Tensor = self.conv_du(contrast + features.mean((2, 3), keepdim=True))
        return features * weights  # (B, C, H, W) * (B, C, 1, 1)


class IMDNRTC(nn.Module):
    """The authors' smallest: five blocks of 12 channels without attention, x2, for live video.

    Winner of the challenge "AI in RTC 2019". Source: model/architecture.py (IMDN_RTC) of
    https://github.com/Zheng222/IMDN, whose state-dict layout this is; no paper describes it. No
    deviation.

    Args:
        num_feat: channels.
        num_blocks: distillation blocks.
        scale: the scale.
    """

    def __init__(self, num_feat: int = 12, num_blocks: int = _RTC_BLOCKS, scale: int = 2) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(3, num_feat, 3, padding=1),
            _Shortcut(
                *(_DistillationBlock(num_feat, has_attention=False) for _ in range(num_blocks)),
                nn.Conv2d(num_feat, num_feat, 1),
            ),
            nn.Conv2d(num_feat, 3 * scale**2, 3, padding=1),
            nn.PixelShuffle(scale),
        )

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        high_res: Tensor = self.model(low_res)
        return high_res


class _Shortcut(nn.Module):
    """Layers whose result is added to their input."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.sub = nn.Sequential(*layers)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.sub(features)
        return features + residual


def _published(scale: int, set5_psnr: float, size: int, sha256: str) -> WeightSource:
    return WeightSource(
        id=f"imdn-x{scale}",
        scales=(scale,),
        origin="downloadable",
        licence="none stated",
        trained_on="DIV2K",
        set5_psnr={scale: set5_psnr},
        file=f"imdn_zheng222/IMDN_x{scale}.pth",
        url="https://raw.githubusercontent.com/Zheng222/IMDN/"
        f"8f158e6a5ac9db6e5857d9159fd4a6c4214da574/checkpoints/IMDN_x{scale}.pth",
        sha256=sha256,
        bytes=size,
    )


MODEL = (
    ModelSpec(
        id="imdn",
        title="IMDN",
        year=2019,
        paper="Zheng Hui, Xinbo Gao, Yunchu Yang, Xiumei Wang: Lightweight Image Super-Resolution with "
        "Information Multi-distillation Network, ACM Multimedia 2019, https://arxiv.org/abs/1909.11856",
        build=IMDN,
        scales=(2, 3, 4),
        channels="rgb",
        upsampling="direct",
        context_px=lambda _scale: 1 + 6 * 4 + 1 + 1,
        has_global_context=True,
        loss="l1",
        published_parameters={4: 715_000, 2: 694_000, 3: 703_000},
        published_psnr={
            "Set5": {2: 38.00, 3: 34.36, 4: 32.21},
            "Set14": {2: 33.63, 3: 30.32, 4: 28.58},
            "BSD100": {2: 32.19, 3: 29.09, 4: 27.56},
        },
        weights=(
            _published(
                2,
                38.00,
                2_796_052,
                "740b39653592bd3f49955a21cd9e16f2d37f2c413368cc09327601b8fbe42ce1",
            ),
            _published(
                3,
                34.36,
                2_830_672,
                "11b1716a19bc16e5e353e1db798d476169338e631eb170c82d765559888cb028",
            ),
            _published(
                4,
                32.21,
                2_879_112,
                "e660c38221147217a136debeb99eb304d62d9c0f73ac421ed66281b619719714",
            ),
        ),
    ),
    ModelSpec(
        id="imdn-rtc",
        title="IMDN-RTC",
        year=2019,
        paper="Zheng Hui: IMDN_RTC, AI in RTC 2019, https://github.com/Zheng222/IMDN",
        build=lambda scale: IMDNRTC(scale=scale),
        scales=(2,),
        channels="rgb",
        upsampling="direct",
        context_px=lambda _scale: 1 + _RTC_BLOCKS * 4 + 1,
        loss="l1",
        weights=(
            WeightSource(
                id="imdn-rtc-x2",
                scales=(2,),
                origin="downloadable",
                licence="none stated",
                trained_on="not stated",
                set5_psnr={2: 37.31},
                file="imdn_zheng222/model_RTC.pth",
                url="https://raw.githubusercontent.com/Zheng222/IMDN/"
                "8f158e6a5ac9db6e5857d9159fd4a6c4214da574/checkpoints/model_RTC.pth",
                sha256="5696ca25971477a93f2a3f3b235039e30afefff1bb560efdc48c0f880635a2ab",
                bytes=90_541,
            ),
        ),
    ),
)
