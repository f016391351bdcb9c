"""Networks that make several pictures on the way and weigh them into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        # one prediction in memory at a time
        return self._weigh(enlarged, self.each_prediction(enlarged))

    def pictures(self, enlarged: Tensor) -> tuple[Tensor, ...]:
        """Return every prediction and, last, their mean, so that training can supervise each.

        Args:
            enlarged: (B, 1, H, W), Y in [0, 1], bicubic.

        Returns:
            Each of the same shape, not clamped.
        """
        predictions = tuple(self.each_prediction(enlarged))
        return *predictions, self._weigh(enlarged, predictions)

    def each_prediction(self, enlarged: Tensor) -> Iterator[Tensor]:
        """Yield the pictures in order; shapes as in `pictures`."""
        raise NotImplementedError

    def _weigh(self, enlarged: Tensor, predictions: Iterable[Tensor]) -> Tensor:
        restored = torch.zeros_like(enlarged)
        for weight, prediction in zip(self.ensemble, predictions, strict=True):
            restored = restored + weight * prediction
        return restored
