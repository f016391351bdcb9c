"""CMSC: a cascade of subnetworks with two branches that see at two scales and cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._predictions import EnsembleOfPredictions
from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

_STAGES = 4
_MODULES = 4  # in each stage
_SMALL_PX, _LARGE_PX = 3, 5  # kernels of the two branches
_LEAK = 0.2


class CMSC(EnsembleOfPredictions):
    """Each stage corrects the features of the last; all their pictures are weighed and summed.

    Yanting Hu, Xinbo Gao, Jie Li, Yuanfei Huang, Hanzi Wang: "Single Image Super-Resolution via
    Cascaded Multi-Scale Cross Network", 2018, https://arxiv.org/abs/1802.08808.

    A reconstruction: the paper's full text was not to be had. From its abstract: subnetworks in
    cascade, stacked multi-scale cross modules, residual features in each stage, cascaded
    supervision, intermediate predictions assembled. From the survey of Anwar, Khan and Barnes
    (https://arxiv.org/abs/1904.07523): four merge-and-run modules a subnetwork, two branches of
    two convolutions each, whose inputs' mean is added to both outputs, batch normalisation and
    leaky ReLU after each convolution, larger kernels in one branch, 1,220 k parameters. Our choices
    that meet that count, with 1,202 k: four subnetworks, 32 channels, kernels of 3 and 5, a 3x3
    convolution that joins the branches, one reconstruction for all stages, slope 0.2.

    Args:
        num_stages: subnetworks in cascade.
        num_modules: multi-scale cross modules in each.
        num_feat: channels.
    """

    def __init__(
        self, num_stages: int = _STAGES, num_modules: int = _MODULES, num_feat: int = 32
    ) -> None:
        super().__init__(num_stages)
        self.feature = nn.Sequential(
            _unit(1, num_feat, _SMALL_PX), _unit(num_feat, num_feat, _SMALL_PX)
        )
        self.stages = nn.ModuleList(_Stage(num_feat, num_modules) for _ in range(num_stages))
        self.reconstruction = nn.Conv2d(num_feat, 1, 3, padding=1)

    @override
    def each_prediction(self, enlarged: Tensor) -> Iterator[Tensor]:
        features = self.feature(enlarged)
        for stage in self.stages:
            features = features + stage(features)
            yield enlarged + self.reconstruction(features)


class _Stage(nn.Module):
    """Multi-scale cross modules one after the other, and what joins their two branches."""

    def __init__(self, num_feat: int, num_modules: int) -> None:
        super().__init__()
        self.modules_in_row = nn.ModuleList(_CrossModule(num_feat) for _ in range(num_modules))
        self.join = _unit(2 * num_feat, num_feat, _SMALL_PX)

    @override
    def forward(self, features: Tensor) -> Tensor:
        small = large = features
        for module in self.modules_in_row:
            small, large = module(small, large)
        joined: Tensor = self.join(torch.cat([small, large], dim=1))
        return joined


class _CrossModule(nn.Module):
    """Merge-and-run: both branches get the mean of their inputs added to what they compute."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.small = nn.Sequential(*(_unit(num_feat, num_feat, _SMALL_PX) for _ in range(2)))
        self.large = nn.Sequential(*(_unit(num_feat, num_feat, _LARGE_PX) for _ in range(2)))

    @override
    def forward(self, small: Tensor, large: Tensor) -> tuple[Tensor, Tensor]:
        merged = (small + large) / 2
        return self.small(small) + merged, self.large(large) + merged


def _unit(in_channels: int, out_channels: int, kernel_px: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_px, padding=kernel_px // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.LeakyReLU(_LEAK),
    )


MODEL = ModelSpec(
    id="cmsc",
    title="CMSC",
    year=2018,
    paper="Yanting Hu, Xinbo Gao, Jie Li, Yuanfei Huang, Hanzi Wang: Single Image Super-Resolution "
    "via Cascaded Multi-Scale Cross Network, 2018, https://arxiv.org/abs/1802.08808",
    build=lambda _scale: CMSC(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(2 + _STAGES * (_MODULES * 2 * (_LARGE_PX // 2) + 1) + 1),
    loss="l1",
    # as the survey of Anwar, Khan and Barnes counts them (https://arxiv.org/abs/1904.07523)
    published_parameters={2: 1_220_000, 3: 1_220_000, 4: 1_220_000},
)
