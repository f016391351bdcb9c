"""Pixels are missing: for inpainting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation

if TYPE_CHECKING:
    from torch import Tensor


class Mask(LinearDegradation):
    """A x = 0 where pixels are missing, x elsewhere.

    Args:
        missing: (H, W), bool, True where pixels are missing.
    """

    missing: Tensor

    def __init__(self, missing: Tensor) -> None:
        super().__init__()
        if missing.dtype != torch.bool or missing.ndim != 2:
            raise ValueError(f"want (H, W) bool, not {tuple(missing.shape)} {missing.dtype}")
        self.register_buffer("missing", missing)

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        if pixels.shape[2:] != self.missing.shape:
            raise ValueError(
                f"the mask is for {tuple(self.missing.shape)}, not {tuple(pixels.shape[2:])}"
            )
        return pixels.masked_fill(self.missing, 0)  # also where a missing pixel is no number

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        return self.forward(observed)
