"""EnhanceNet: ENet-E, trained for PSNR, and ENet-PAT, trained for texture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 10


class EnhanceNet(nn.Module):
    """Residual blocks, nearest-neighbour enlargements with convolutions; adds to the bicubic one.

    Mehdi S. M. Sajjadi, Bernhard Schölkopf, Michael Hirsch: "EnhanceNet: Single Image
    Super-Resolution Through Automated Texture Synthesis", ICCV 2017,
    https://arxiv.org/abs/1612.07919 (section 4.1, table 1). The losses make the versions: the mean
    squared error ENet-E; perceptual, adversarial and texture loss together ENet-PAT. Deviation:
    the bicubic enlargement is centred; the authors' TensorFlow code
    (https://github.com/msmsajjadi/EnhanceNet-Code) takes that of TensorFlow 0.12, which shifts the
    picture. The paper gives no count of parameters; these are 852,867.

    Args:
        num_block: residual blocks.
        num_feat: channels.
    """

    def __init__(self, num_block: int = _BLOCKS, num_feat: int = 64) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, num_feat, 3, padding=1)
        self.blocks = nn.Sequential(*(_Block(num_feat) for _ in range(num_block)))
        self.upsamplers = nn.ModuleList(
            nn.Conv2d(num_feat, num_feat, 3, padding=1) for _ in range(2)
        )
        self.conv_hr = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.tail = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*4, W*4), not clamped."""
        features = self.blocks(F.relu(self.head(low_res)))
        for conv in self.upsamplers:
            features = F.relu(conv(F.interpolate(features, scale_factor=2, mode="nearest")))
        residual: Tensor = self.tail(F.relu(self.conv_hr(features)))
        enlarged = F.interpolate(low_res, scale_factor=4, mode="bicubic", align_corners=False)
        return enlarged + residual


class _Block(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(num_feat, num_feat, 3, padding=1),
        )

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.body(features)
        return features + residual


def _spec(
    model_id: str, title: str, *, loss: str, look: Literal["faithful", "perceptual"]
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper="Mehdi S. M. Sajjadi, Bernhard Schölkopf, Michael Hirsch: EnhanceNet: Single Image "
        "Super-Resolution Through Automated Texture Synthesis, ICCV 2017, "
        "https://arxiv.org/abs/1612.07919",
        build=lambda _scale: EnhanceNet(),
        scales=(4,),
        channels="rgb",
        upsampling="direct",
        # the first, the blocks, and the four convolutions at higher resolutions
        context_px=lambda _scale: 1 + _BLOCKS * 2 + 2,
        loss=loss,
        look=look,
    )


MODEL = (
    _spec("enet-e", "ENet-E", loss="l2", look="faithful"),
    _spec("enet-pat", "ENet-PAT", loss="gan", look="perceptual"),
)
