"""MemNet: memory blocks whose gates choose from all that came before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._predictions import EnsembleOfPredictions
from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

_BLOCKS = 6
_RECURSIONS = 6


class MemNet(EnsembleOfPredictions):
    """M6R6: six memory blocks of a residual unit run six times, each block with a picture.

    Ying Tai, Jian Yang, Xiaoming Liu, Chunyan Xu: "MemNet: A Persistent Memory Network for Image
    Restoration", ICCV 2017, https://arxiv.org/abs/1708.02209 (section 3). As in
    https://github.com/tyshiwo/MemNet: batch normalisation and ReLU come before each convolution,
    the recursions of a block share their convolutions but not the normalisation, and all blocks
    share the last convolution. The published 677 k count the convolutions' weights; with biases
    and normalisation there are 695 k. There is no official PyTorch release, so the names are our
    own. No deviation.

    Args:
        num_blocks: memory blocks, M.
        num_recursions: of each block's residual unit, R.
        num_feat: channels.
    """

    def __init__(
        self, num_blocks: int = _BLOCKS, num_recursions: int = _RECURSIONS, num_feat: int = 64
    ) -> None:
        super().__init__(num_blocks)
        self.feature_norm = nn.BatchNorm2d(1)
        self.feature = nn.Conv2d(1, num_feat, 3, padding=1)
        self.blocks = nn.ModuleList(
            _MemoryBlock(num_feat, num_recursions, num_memories=number)
            for number in range(1, num_blocks + 1)
        )
        self.picture_norms = nn.ModuleList(nn.BatchNorm2d(num_feat) for _ in range(num_blocks))
        self.picture = nn.Conv2d(num_feat, 1, 3, padding=1)

    @override
    def each_prediction(self, enlarged: Tensor) -> Iterator[Tensor]:
        memories: list[Tensor] = [self.feature(F.relu(self.feature_norm(enlarged)))]
        for block, norm in zip(self.blocks, self.picture_norms, strict=True):
            memories.append(block(memories))
            yield enlarged + self.picture(F.relu(norm(memories[-1])))


class _MemoryBlock(nn.Module):
    """A residual unit run several times, and the gate over its states and all older memories."""

    def __init__(self, num_feat: int, num_recursions: int, num_memories: int) -> None:
        super().__init__()
        self.norms_a = nn.ModuleList(nn.BatchNorm2d(num_feat) for _ in range(num_recursions))
        self.norms_b = nn.ModuleList(nn.BatchNorm2d(num_feat) for _ in range(num_recursions))
        self.conv_a = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        self.conv_b = nn.Conv2d(num_feat, num_feat, 3, padding=1)
        gated = num_feat * (num_memories + num_recursions)
        self.gate_norm = nn.BatchNorm2d(gated)
        self.gate = nn.Conv2d(gated, num_feat, 1)

    @override
    def forward(self, memories: Sequence[Tensor]) -> Tensor:
        state = memories[-1]
        states = []
        for norm_a, norm_b in zip(self.norms_a, self.norms_b, strict=True):
            inner = self.conv_a(F.relu(norm_a(state)))
            state = state + self.conv_b(F.relu(norm_b(inner)))
            states.append(state)
        gathered = torch.cat([*memories, *states], dim=1)
        memory: Tensor = self.gate(F.relu(self.gate_norm(gathered)))
        return memory


MODEL = ModelSpec(
    id="memnet",
    title="MemNet (M6R6)",
    year=2017,
    paper="Ying Tai, Jian Yang, Xiaoming Liu, Chunyan Xu: MemNet: A Persistent Memory Network for "
    "Image Restoration, ICCV 2017, https://arxiv.org/abs/1708.02209",
    build=lambda _scale: MemNet(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(1 + _BLOCKS * _RECURSIONS * 2 + 1),
    loss="l2",
    published_parameters={2: 677_000, 3: 677_000, 4: 677_000},
    published_psnr={
        "Set5": {2: 37.78, 3: 34.09, 4: 31.74},
        "Set14": {2: 33.28, 3: 30.00, 4: 28.26},
        "BSD100": {2: 32.08, 3: 28.96, 4: 27.40},
    },
)
