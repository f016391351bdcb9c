"""The regular pattern that an upsampler lays over a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.losses._spec import LossSpec

if TYPE_CHECKING:
    from torch import Tensor


class GridLoss(nn.Module):
    """How far the errors depend on where a pixel lies in a grid.

    An upsampler of factor s writes each of the s x s pixels of a cell with weights of its own;
    losses on features and discriminators leave them different means, a fine checkerboard (Augustus
    Odena, Vincent Dumoulin, Chris Olah: "Deconvolution and Checkerboard Artifacts", Distill 2016,
    https://doi.org/10.23915/distill.00003). This loss is of this project: the mean error of each
    place in the cell, over the whole crop, less that of all places; its absolute value's mean.

    Args:
        period_px: side of the cell: the scale.
    """

    def __init__(self, period_px: int = 4) -> None:
        super().__init__()
        if period_px < 2:
            raise ValueError(f"period_px must be 2 or more, not {period_px}")
        self._period_px = period_px

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec. What is left over at the right and below is not seen."""
        period = self._period_px
        batch, channels, height, width = restored.shape
        rows, columns = height // period, width // period
        errors = (restored - truth)[:, :, : rows * period, : columns * period]
        cells = errors.reshape(batch, channels, rows, period, columns, period)
        places = cells.mean(dim=(2, 4))  # (B, C, period, period)
        return (places - places.mean(dim=(2, 3), keepdim=True)).abs().mean()


LOSS = LossSpec(
    id="grid",
    title="Grid",
    paper="of this project; after Odena et al. 2016, https://doi.org/10.23915/distill.00003",
    build=GridLoss,
    options={"period_px": int},
    least_px=8,
)
