"""Losses that compare pixel with pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.losses._spec import LossSpec

if TYPE_CHECKING:
    from torch import Tensor


class CharbonnierLoss(nn.Module):
    """The mean of sqrt(difference^2 + epsilon^2): l1 that is smooth at nought.

    Wei-Sheng Lai, Jia-Bin Huang, Narendra Ahuja, Ming-Hsuan Yang: "Deep Laplacian Pyramid Networks
    for Fast and Accurate Super-Resolution", CVPR 2017, https://arxiv.org/abs/1704.03915 (equation
    2, epsilon 1e-3). Deviation: the mean over all values, where the paper sums over a picture, so
    that a crop's size does not change the learning rate that suits.

    Args:
        epsilon: below it the loss is nearly l2.
    """

    def __init__(self, epsilon: float = 1e-3) -> None:
        super().__init__()
        self.epsilon = epsilon

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        return torch.sqrt((restored - truth) ** 2 + self.epsilon**2).mean()


LOSS = (
    LossSpec(
        id="l1",
        title="Mean absolute error",
        paper="Lim et al., EDSR, CVPR Workshops 2017, https://arxiv.org/abs/1707.02921",
        build=nn.L1Loss,
    ),
    LossSpec(
        id="l2",
        title="Mean squared error",
        paper="Dong et al., SRCNN, ECCV 2014, https://arxiv.org/abs/1501.00092",
        build=nn.MSELoss,
    ),
    LossSpec(
        id="charbonnier",
        title="Charbonnier",
        paper="Lai et al., LapSRN, CVPR 2017, https://arxiv.org/abs/1704.03915",
        build=CharbonnierLoss,
        options={"epsilon": float},
    ),
)
