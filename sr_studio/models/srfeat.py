"""SRFeat: a generator with long skips, trained against a discriminator of features too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 16


class SRFeat(nn.Module):
    """Residual blocks, each of which also reaches the end through a 1x1 convolution of its own.

    Seong-Jin Park, Hyeongseok Son, Sunghyun Cho, Ki-Sang Hong, Seungyong Lee: "SRFeat: Single
    Image Super-Resolution with Feature Discrimination", ECCV 2018,
    https://openaccess.thecvf.com/content_ECCV_2018/html/Seong-Jin_Park_SRFeat_Single_Image_ECCV_2018_paper.html
    (section 3.1), after the authors' TensorFlow code, https://github.com/HyeongseokSon1/SRFeat:
    128 filters, leaky ReLU of 0.2, no skip from the last block, whose output is added as it is.
    Deviation: white is 1 and black 0, for which they use 1 and -1.

    Args:
        num_block: residual blocks.
        num_feat: channels.
    """

    def __init__(self, num_block: int = _BLOCKS, num_feat: int = 128) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, num_feat, 9, padding=4)
        self.blocks = nn.ModuleList(_Block(num_feat) for _ in range(num_block))
        self.skips = nn.ModuleList(
            nn.Conv2d(num_feat, num_feat, 1, bias=False) for _ in range(num_block - 1)
        )
        self.upsamplers = nn.ModuleList(
            nn.Conv2d(num_feat, 4 * num_feat, 3, padding=1) for _ in range(2)
        )
        self.tail = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*4, W*4), not clamped."""
        features = self.head(low_res)
        *blocks, last = self.blocks
        skipped: Tensor | None = None
        for block, skip in zip(blocks, self.skips, strict=True):
            features = block(features)
            reached = skip(features)
            skipped = reached if skipped is None else skipped + reached
        features = last(features)
        if skipped is not None:
            features = features + skipped
        for conv in self.upsamplers:
            features = F.leaky_relu(F.pixel_shuffle(conv(features), 2), 0.2)
        high_res: Tensor = self.tail(features)
        return high_res


class _Block(nn.Module):
    """Two normalised convolutions around a shortcut."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False),
            nn.BatchNorm2d(num_feat),
            nn.LeakyReLU(0.2),
            nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=False),
            nn.BatchNorm2d(num_feat),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + residual


MODEL = ModelSpec(
    id="srfeat",
    title="SRFeat",
    year=2018,
    paper="Seong-Jin Park, Hyeongseok Son, Sunghyun Cho, Ki-Sang Hong, Seungyong Lee: SRFeat: "
    "Single Image Super-Resolution with Feature Discrimination, ECCV 2018, "
    "https://openaccess.thecvf.com/content_ECCV_2018/html/"
    "Seong-Jin_Park_SRFeat_Single_Image_ECCV_2018_paper.html",
    build=lambda _scale: SRFeat(),
    scales=(4,),
    channels="rgb",
    upsampling="direct",
    # 9x9 first, the blocks, upsamplers and the last
    context_px=lambda _scale: 4 + _BLOCKS * 2 + 2,
    loss="gan",
    look="perceptual",
)
