"""Networks that make several pictures on the way and weigh them into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class EnsembleOfPredictions(nn.Module):
    """The learned mean of what `each_prediction` of a subclass yields; all on luma, bicubic first.

    Args:
        count: of the predictions.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        # (prediction, 1, 1, 1): each multiplies a batch of pictures
        self.ensemble = nn.Parameter(torch.full((count, 1, 1, 1), 1 / count))

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        weighted = zip(self.ensemble, self.each_prediction(enlarged), strict=True)
        restored = torch.zeros_like(enlarged)
        for weight, prediction in weighted:  # one prediction in memory at a time
            restored = restored + weight * prediction
        return restored

    def predictions(self, enlarged: Tensor) -> list[Tensor]:
        """Return every prediction, so that training can supervise each.

        Args:
            enlarged: (B, 1, H, W), Y in [0, 1], bicubic.

        Returns:
            Each of the same shape, not clamped.
        """
        return list(self.each_prediction(enlarged))

    def each_prediction(self, enlarged: Tensor) -> Iterator[Tensor]:
        """Yield the pictures in order; shapes as in `predictions`."""
        raise NotImplementedError
