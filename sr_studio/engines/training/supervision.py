"""Compares every picture that a network makes on its way with what it should be."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from torch import nn
from typing_extensions import override

from sr_studio.engines.training.scale_family import ScaleFamily
from sr_studio.tensors.bicubic import resize_bicubic

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


@runtime_checkable
class DeeplySupervised(Protocol):
    """A network that makes pictures before its last."""

    def pictures(self, low_res: Tensor) -> tuple[Tensor, ...]:
        """Return all of them; the last is what `forward` returns."""


class Supervised(nn.Module):
    """Returns every picture that a network makes, so that a loss can be put on each.

    Args:
        network: any, or a ScaleFamily.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    @override
    def forward(self, low_res: Tensor, scale: int) -> tuple[Tensor, ...]:
        """low_res: (B, C, H, W). Returns: (B, C, ...) each, the last at full size."""
        network = self.network.at(scale) if isinstance(self.network, ScaleFamily) else self.network
        if isinstance(network, DeeplySupervised):
            return network.pictures(low_res)
        return (network(low_res),)


def supervised_loss(
    pictures: tuple[Tensor, ...],
    truth: Tensor,
    criterion: Callable[[Tensor, Tensor], Tensor],
    *,
    progress: float,
) -> Tensor:
    """Sum the losses of all pictures.

    Smaller ones, the levels of a pyramid, count fully against the truth reduced by bicubic
    interpolation (Lai et al., CVPR 2017, equation 2). Those of full size, the predictions of a
    recursive network, count alpha together and the last one 1 - alpha (Kim et al., "Deeply-
    Recursive Convolutional Network", CVPR 2016, equation 7); alpha falls from 1 to 0 with
    the progress, "to boost the performance of the final output" (section 3.2).

    Args:
        pictures: (B, C, h, w) each, the last of the truth's size.
        truth: (B, C, H, W).
        criterion: returns a scalar of two batches of equal shape.
        progress: of the training, from 0 to 1.
    """
    *others, last = pictures
    levels = [picture for picture in others if picture.shape != truth.shape]
    predictions = [picture for picture in others if picture.shape == truth.shape]
    alpha = 1 - progress if predictions else 0.0
    loss = (1 - alpha) * criterion(last, truth)
    for picture in predictions:
        loss = loss + alpha / len(predictions) * criterion(picture, truth)
    for picture in levels:
        loss = loss + criterion(picture, _reduced(truth, picture))
    return loss


def _reduced(truth: Tensor, picture: Tensor) -> Tensor:
    factor = Fraction(picture.shape[-1], truth.shape[-1])
    return resize_bicubic(truth, factor.numerator, factor.denominator)
