"""D-DBPN: projections up and down by turns, which feed their errors back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_KERNELS = {2: (6, 2, 2), 4: (8, 4, 2), 8: (12, 8, 2)}  # scale -> size, stride, padding


class DBPN(nn.Module):
    """Dense deep back-projection: each unit sees the outputs of all units of the other side.

    Muhammad Haris, Greg Shakhnarovich, Norimichi Ukita: "Deep Back-Projection Networks for
    Super-Resolution", CVPR 2018, https://arxiv.org/abs/1803.02735 (figures 3 and 4; T = 7,
    n0 = 256, nR = 64). State-dict layout of https://github.com/alterzero/DBPN-Pytorch (dbpn.py).
    No deviation. The survey gives 10 M for x4, rounded; the paper's layers have 10,426,358 there,
    5,953,526 at x2 and 23,205,878 at x8.

    Args:
        scale: 2, 4 or 8.
        num_stages: projections up; there is one less down.
        num_feat: channels of the first convolution.
        base_filter: channels of the projections.
    """

    def __init__(
        self, scale: int, num_stages: int = 7, num_feat: int = 256, base_filter: int = 64
    ) -> None:
        super().__init__()
        self.num_stages = num_stages
        self.feat0 = _Activated("conv", nn.Conv2d(3, num_feat, 3, padding=1))
        self.feat1 = _Activated("conv", nn.Conv2d(num_feat, base_filter, 1))
        for stage in range(1, num_stages + 1):
            # the first units of each side see one input only, so there is nothing to fuse
            fused_up = stage - 1 if stage > 2 else 0
            self.add_module(f"up{stage}", _Projection("up", scale, base_filter, fused_up))
            if stage < num_stages:
                fused_down = stage if stage > 1 else 0
                self.add_module(f"down{stage}", _Projection("down", scale, base_filter, fused_down))
        self.output_conv = nn.Sequential()
        self.output_conv.add_module("conv", nn.Conv2d(num_stages * base_filter, 3, 3, padding=1))

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        low = self.feat1(self.feat0(low_res))
        high = self.get_submodule("up1")(low)
        low = self.get_submodule("down1")(high)
        high = torch.cat([self.get_submodule("up2")(low), high], dim=1)
        for stage in range(2, self.num_stages):
            # newest first: (B, stage*C, H, W) and (B, stage*C, H*scale, W*scale)
            low = torch.cat([self.get_submodule(f"down{stage}")(high), low], dim=1)
            high = torch.cat([self.get_submodule(f"up{stage + 1}")(low), high], dim=1)
        high_res: Tensor = self.output_conv(high)
        return high_res


class _Activated(nn.Module):
    """A layer and PReLU, under the names that the authors gave them."""

    def __init__(self, name: str, layer: nn.Module) -> None:
        super().__init__()
        self.add_module(name, layer)
        self.act = nn.PReLU()

    @override
    def forward(self, features: Tensor) -> Tensor:
        layer, act = self.children()
        activated: Tensor = act(layer(features))
        return activated


class _Projection(nn.Module):
    """Goes to the other resolution, back, and sends the error there too (equations 1 to 10).

    Args:
        direction: "up" or "down".
        scale: between the two resolutions.
        channels: of the result.
        fused: how many outputs of `channels` are fused first; 0: the input is used as it is.
    """

    def __init__(self, direction: str, scale: int, channels: int, fused: int) -> None:
        super().__init__()
        size, stride, padding = _KERNELS[scale]
        if fused:
            self.conv: _Activated | None = _Activated(
                "conv", nn.Conv2d(fused * channels, channels, 1)
            )
        else:
            self.conv = None
        self.layer_names = tuple(f"{direction}_conv{number}" for number in (1, 2, 3))
        for number, name in enumerate(self.layer_names):
            is_up = (direction == "up") == (number != 1)
            kind = nn.ConvTranspose2d if is_up else nn.Conv2d
            layer = kind(channels, channels, size, stride=stride, padding=padding)
            self.add_module(name, _Activated("deconv" if is_up else "conv", layer))

    @override
    def forward(self, features: Tensor) -> Tensor:
        if self.conv is not None:
            features = self.conv(features)
        there, back, correct = (self.get_submodule(name) for name in self.layer_names)
        first: Tensor = there(features)
        correction: Tensor = correct(back(first) - features)
        return first + correction


MODEL = ModelSpec(
    id="d-dbpn",
    title="D-DBPN",
    year=2018,
    paper="Muhammad Haris, Greg Shakhnarovich, Norimichi Ukita: Deep Back-Projection Networks for "
    "Super-Resolution, CVPR 2018, https://arxiv.org/abs/1803.02735",
    build=DBPN,
    scales=(2, 4, 8),
    channels="rgb",
    upsampling="direct",
    # the first, seven projections up, six down; strides of two let them see further
    context_px=lambda scale: 1 + 7 * 3 + 6 * 3 + 1 if scale == 2 else 1 + 7 * 2 + 6,
    loss="l2",
    published_parameters={4: 10_426_000},  # the survey's 10 M, which it rounds to millions
    published_psnr={
        "Set5": {2: 38.09, 4: 32.47},
        "Set14": {2: 33.85, 4: 28.82},
        "BSD100": {2: 32.27, 4: 27.72},
    },
)
