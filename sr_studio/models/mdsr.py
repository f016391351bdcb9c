"""MDSR: one trunk that serves three scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.models.edsr import (
    PAPER,
    WEIGHTS_URL,
    WHITE,
    MeanShift,
    ResidualBlock,
    shuffle_upsampler,
)

if TYPE_CHECKING:
    from torch import Tensor

_SCALES = (2, 3, 4)


class MDSR(nn.Module):
    """A deep trunk between a pair of 5x5 blocks and an upsampler for each scale.

    Bee Lim, Sanghyun Son, Heewon Kim, Seungjun Nah, Kyoung Mu Lee: "Enhanced Deep Residual
    Networks for Single Image Super-Resolution", CVPR Workshops 2017,
    https://arxiv.org/abs/1707.02921 (section 3.3, figure 5, table 1). State-dict layout of
    https://github.com/sanghyun-son/EDSR-PyTorch: the parts of all three scales are always there
    and `scale` chooses some. No deviation. The count, 7.95 M, is that of all three.

    Args:
        scale: 2, 3 or 4.
        num_block: residual blocks of the trunk.
        num_feat: channels.
    """

    def __init__(self, scale: int, num_block: int = 80, num_feat: int = 64) -> None:
        super().__init__()
        self.scale_index = _SCALES.index(scale)
        self.sub_mean = MeanShift(-1)
        self.head = nn.Sequential(nn.Conv2d(3, num_feat, 3, padding=1))
        self.pre_process = nn.ModuleList(
            nn.Sequential(ResidualBlock(num_feat, 5), ResidualBlock(num_feat, 5)) for _ in _SCALES
        )
        self.body = nn.Sequential(
            *(ResidualBlock(num_feat, 3) for _ in range(num_block)),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
        )
        self.upsample = nn.ModuleList(shuffle_upsampler(each, num_feat) for each in _SCALES)
        self.tail = nn.Sequential(nn.Conv2d(num_feat, 3, 3, padding=1))
        self.add_mean = MeanShift(1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 255]. Returns: (B, 3, H*scale, W*scale), same range."""
        features = self.head(self.sub_mean(low_res))
        shallow = self.pre_process[self.scale_index](features)
        enlarged = self.upsample[self.scale_index](self.body(shallow) + shallow)
        high_res: Tensor = self.add_mean(self.tail(enlarged))
        return high_res


def _spec(model_id: str, title: str, *, num_block: int, published: int, file: str) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper=PAPER,
        build=lambda scale: MDSR(scale, num_block),
        scales=_SCALES,
        channels="rgb",
        value_range=WHITE,
        upsampling="direct",
        # head, two blocks of 5x5, trunk with the convolution behind it, upsampler and tail
        context_px=lambda _scale: 1 + 2 * 4 + num_block * 2 + 1 + 2,
        loss="l1",
        published_parameters=dict.fromkeys(_SCALES, published),
        weights=(
            WeightSource(
                id=f"{model_id}-x234",
                scales=_SCALES,
                origin="downloadable",
                licence="MIT",
                trained_on="DIV2K",
                file=f"edsr_sanghyun-son/{file}",
                url=f"{WEIGHTS_URL}/{file}",
                sha256=file.removesuffix(".pt").rsplit("-", 1)[1],
            ),
        ),
    )


MODEL = (
    _spec("mdsr", "MDSR", num_block=80, published=7_950_000, file="mdsr-4a78bedf.pt"),
    _spec(
        "mdsr-baseline",
        "MDSR baseline",
        num_block=16,
        published=3_230_000,
        file="mdsr_baseline-a00cab12.pt",
    ),
)
