"""SRDenseNet: dense blocks, dense links between them, and two deconvolutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_BLOCKS = 8
_LAYERS = 8


class SRDenseNet(nn.Module):
    """SRDenseNet_All: every block sees the outputs of all blocks before it, and so does the end.

    Tong Tong, Gen Li, Xiejie Liu, Qinquan Gao: "Image Super-Resolution Using Dense Skip
    Connections", ICCV 2017,
    https://openaccess.thecvf.com/content_ICCV_2017/papers/Tong_Image_Super-Resolution_Using_ICCV_2017_paper.pdf
    (section 3, figure 2 c). Scale 4. State-dict layout of
    https://github.com/yjn870/SRDenseNet-pytorch. The paper states no count of parameters; this
    network has 2,659,585. No deviation.

    Args:
        growth_rate: channels that each layer adds; a block adds num_layers times as many.
        num_blocks: dense blocks.
        num_layers: convolutions in a block.
        num_feat: channels of the bottleneck and of the deconvolutions.
    """

    def __init__(
        self,
        growth_rate: int = 16,
        num_blocks: int = _BLOCKS,
        num_layers: int = _LAYERS,
        num_feat: int = 256,
    ) -> None:
        super().__init__()
        block_channels = growth_rate * num_layers
        self.conv = _Layer(1, block_channels)
        self.dense_blocks = nn.Sequential(
            *(
                _DenseBlock(block_channels * number, growth_rate, num_layers)
                for number in range(1, num_blocks + 1)
            )
        )
        self.bottleneck = nn.Sequential(
            nn.Conv2d(block_channels * (num_blocks + 1), num_feat, 1), nn.ReLU(inplace=True)
        )
        self.deconv = nn.Sequential(
            nn.ConvTranspose2d(num_feat, num_feat, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(num_feat, num_feat, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(inplace=True),
        )
        self.reconstruction = nn.Conv2d(num_feat, 1, 3, padding=1)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*4, W*4), not clamped."""
        features = self.bottleneck(self.dense_blocks(self.conv(low_res)))
        high_res: Tensor = self.reconstruction(self.deconv(features))
        return high_res


class _Layer(nn.Module):
    """A 3x3 convolution with its activation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    @override
    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.conv(features))


class _DenseBlock(nn.Module):
    """The first layer sees all that came before; the others see the layers of their block."""

    def __init__(self, in_channels: int, growth_rate: int, num_layers: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            _Layer(in_channels, growth_rate),
            *(_Layer(growth_rate * number, growth_rate) for number in range(1, num_layers)),
        )

    @override
    def forward(self, seen: Tensor) -> Tensor:
        """seen: (B, C, H, W). Returns: (B, C + growth_rate * num_layers, H, W), `seen` first."""
        first, *others = self.block
        grown: Tensor = first(seen)
        for layer in others:
            grown = torch.cat([grown, layer(grown)], dim=1)
        return torch.cat([seen, grown], dim=1)


MODEL = ModelSpec(
    id="srdensenet",
    title="SRDenseNet",
    year=2017,
    paper="Tong Tong, Gen Li, Xiejie Liu, Qinquan Gao: Image Super-Resolution Using Dense Skip "
    "Connections, ICCV 2017, https://openaccess.thecvf.com/content_ICCV_2017/papers/"
    "Tong_Image_Super-Resolution_Using_ICCV_2017_paper.pdf",
    build=lambda _scale: SRDenseNet(),
    scales=(4,),
    channels="y",
    upsampling="direct",
    # first layer, blocks; the deconvolutions and the last layer
    context_px=lambda _scale: 1 + _BLOCKS * _LAYERS + 1,
    loss="l2",
    published_psnr={"Set5": {4: 32.02}, "Set14": {4: 28.50}},
)
