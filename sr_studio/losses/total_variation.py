"""Total variation: what a picture without noise has little of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from typing_extensions import override

from sr_studio.losses._spec import LossSpec

if TYPE_CHECKING:
    from torch import Tensor

_EPSILON = 1e-6  # the square root of nought has no slope


class TotalVariationLoss(nn.Module):
    """The mean size of the steps between neighbours in the restored picture; the truth has no part.

    Leonid Rudin, Stanley Osher, Emad Fatemi: "Nonlinear total variation based noise removal
    algorithms", Physica D 1992, https://doi.org/10.1016/0167-2789(92)90242-F.

    Args:
        kind: "isotropic" takes the length of both steps at each pixel, as the paper;
            "anisotropic" the sum of their absolute values.
    """

    def __init__(self, kind: Literal["isotropic", "anisotropic"] = "anisotropic") -> None:
        super().__init__()
        if kind not in ("isotropic", "anisotropic"):
            raise ValueError(f"kind must be isotropic or anisotropic, not {kind!r}")
        self.kind = kind

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        down = restored[..., 1:, :] - restored[..., :-1, :]
        across = restored[..., :, 1:] - restored[..., :, :-1]
        if self.kind == "anisotropic":  # a picture of one row or column has steps one way only
            parts = [steps.abs().mean() for steps in (down, across) if steps.numel()]
            return torch.stack(parts).sum() if parts else restored.new_zeros(())
        squares = down[..., :, :-1] ** 2 + across[..., :-1, :] ** 2
        return (torch.sqrt(squares + _EPSILON**2) - _EPSILON).mean()


LOSS = LossSpec(
    id="tv",
    title="Total variation",
    paper="Rudin, Osher, Fatemi 1992, https://doi.org/10.1016/0167-2789(92)90242-F",
    build=TotalVariationLoss,
    options={"kind": str},
    least_px=2,
)
