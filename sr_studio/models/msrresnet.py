"""MSRResNet: SRResNet as BasicSR trains it, without batch normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 16


class MSRResNet(nn.Module):
    """Residual blocks without normalisation; adds to the bilinear enlargement.

    Xintao Wang et al., https://github.com/XPixelGroup/BasicSR (srresnet_arch.py, 2018), the
    baseline of many papers and the network of its MSRGAN; its state-dict layout. After Christian
    Ledig et al.: "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial
    Network", CVPR 2017, https://arxiv.org/abs/1609.04802. No deviation from BasicSR.

    Args:
        scale: 2, 3 or 4.
        num_block: residual blocks.
        num_feat: channels.
    """

    def __init__(self, scale: int, num_block: int = _BLOCKS, num_feat: int = 64) -> None:
        super().__init__()
        self.scale = scale
        self.conv_first = nn.Conv2d(3, num_feat, 3, padding=1)
        self.body = nn.Sequential(*(_Block(num_feat) for _ in range(num_block)))
        factor = 2 if scale == 4 else scale
        self.upconv1 = nn.Conv2d(num_feat, num_feat * factor**2, 3, padding=1)
        self.upconv2 = nn.Conv2d(num_feat, num_feat * 4, 3, padding=1) if scale == 4 else None
        self.pixel_shuffle = nn.PixelShuffle(factor)
        self.conv_hr = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_last = nn.Conv2d(num_feat, 3, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        features = self.body(_activate(self.conv_first(low_res)))
        features = _activate(self.pixel_shuffle(self.upconv1(features)))
        if self.upconv2 is not None:
            features = _activate(self.pixel_shuffle(self.upconv2(features)))
        residual: Tensor = self.conv_last(_activate(self.conv_hr(features)))
        enlarged = F.interpolate(
            low_res, scale_factor=self.scale, mode="bilinear", align_corners=False
        )
        return enlarged + residual


class _Block(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv2 = nn.Conv2d(num_feat, num_feat, 3, padding=1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual: Tensor = self.conv2(F.relu(self.conv1(features)))
        return features + residual


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.1)


def rename_older_layout(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights of BasicSR's first releases under today's names."""
    return rename_tensors(tensors, ((r"^recon_trunk\.", "body."), (r"^HRconv\.", "conv_hr.")))


MODEL = ModelSpec(
    id="msrresnet",
    title="MSRResNet",
    year=2018,
    paper="Xintao Wang et al.: BasicSR, https://github.com/XPixelGroup/BasicSR; after Christian "
    "Ledig et al.: Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial "
    "Network, CVPR 2017, https://arxiv.org/abs/1609.04802",
    build=MSRResNet,
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    # the first, the blocks, and what lies behind them
    context_px=lambda _scale: 1 + _BLOCKS * 2 + 2,
    loss="l1",
    converts=(rename_older_layout,),
)
