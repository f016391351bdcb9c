"""RCAN: four hundred layers in groups of groups, with channel attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec
from sr_studio.models.edsr import WHITE, ResidualNet, with_mean_shift

if TYPE_CHECKING:
    from torch import Tensor

_GROUPS, _BLOCKS = 10, 20


class RCAN(ResidualNet):
    """Residual groups of residual blocks whose channels are weighed by their mean.

    Yulun Zhang, Kunpeng Li, Kai Li, Lichen Wang, Bineng Zhong, Yun Fu: "Image Super-Resolution
    Using Very Deep Residual Channel Attention Networks", ECCV 2018,
    https://arxiv.org/abs/1807.02758 (figures 2 to 4, section 4.1). State-dict layout of
    https://github.com/yulunzhang/RCAN, whose frame is that of EDSR. No deviation. The published
    count, 16 M, is the paper's at x4; x2 has 15.4 M.

    Args:
        scale: 2, 3, 4 or 8.
        num_feat: channels.
        reduction: of the channels within the attention.
    """

    def __init__(self, scale: int, num_feat: int = 64, reduction: int = 16) -> None:
        super().__init__(scale, num_feat, (_Group(num_feat, reduction) for _ in range(_GROUPS)))


class _Group(nn.Module):
    """Blocks and a convolution around a shortcut."""

    def __init__(self, num_feat: int, reduction: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(_Block(num_feat, reduction) for _ in range(_BLOCKS)),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + residual


class _Block(nn.Module):
    """Two convolutions and the attention around a shortcut."""

    def __init__(self, num_feat: int, reduction: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            _ChannelAttention(num_feat, reduction),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + residual


class _ChannelAttention(nn.Module):
    """Weighs channels by their mean over the whole picture."""

    def __init__(self, num_feat: int, reduction: int) -> None:
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.Conv2d(num_feat, num_feat // reduction, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(num_feat // reduction, num_feat, 1),
            nn.Sigmoid(),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        weights: Tensor = self.conv_du(features.mean((2, 3), keepdim=True))
        return features * weights  # (B, C, H, W) * (B, C, 1, 1)


def from_basicsr(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return BasicSR's RCAN under the names of the authors; leaves anything else alone."""
    if "body.0.residual_group.0.rcab.0.weight" not in tensors:
        return tensors
    block = r"^body\.(\d+)\.residual_group\.(\d+)\.rcab\."
    names = (
        (r"^conv_first\.", "head.0."),
        (block + r"3\.attention\.1\.", r"body.\1.body.\2.body.3.conv_du.0."),
        (block + r"3\.attention\.3\.", r"body.\1.body.\2.body.3.conv_du.2."),
        (block, r"body.\1.body.\2.body."),
        (r"^body\.(\d+)\.conv\.", rf"body.\1.body.{_BLOCKS}."),
        (r"^conv_after_body\.", f"body.{_GROUPS}."),
        (r"^upsample\.", "tail.0."),
        (r"^conv_last\.", "tail.1."),
    )
    return with_mean_shift(rename_tensors(tensors, names))


MODEL = ModelSpec(
    id="rcan",
    title="RCAN",
    year=2018,
    paper="Yulun Zhang, Kunpeng Li, Kai Li, Lichen Wang, Bineng Zhong, Yun Fu: Image "
    "Super-Resolution Using Very Deep Residual Channel Attention Networks, ECCV 2018, "
    "https://arxiv.org/abs/1807.02758",
    build=RCAN,
    scales=(2, 3, 4, 8),
    channels="rgb",
    value_range=WHITE,
    upsampling="direct",
    # the convolutions alone: head, groups, the one behind them, upsampler and tail
    context_px=lambda _scale: 1 + _GROUPS * (_BLOCKS * 2 + 1) + 1 + 2,
    has_global_context=True,
    loss="l1",
    published_parameters={4: 16_000_000},
    published_psnr={
        "Set5": {2: 38.27, 3: 34.74, 4: 32.63, 8: 27.31},
        "Set14": {2: 34.12, 3: 30.65, 4: 28.87},
        "BSD100": {2: 32.41, 3: 29.32, 4: 27.77},
    },
    converts=(from_basicsr,),
)
