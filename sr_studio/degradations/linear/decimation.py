"""One pixel of each block is kept: downsampling without antialiasing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation, check_multiples

if TYPE_CHECKING:
    from torch import Tensor


class Decimation(LinearDegradation):
    """A x = x at every `scale`-th pixel from `first` on, of rows and of columns.

    Args:
        scale: whole divisor of the sides.
        first: from 0 to scale - 1.
    """

    def __init__(self, scale: int, first: int = 0) -> None:
        super().__init__()
        if scale < 1 or not 0 <= first < scale:
            raise ValueError(f"want 0 <= first < scale, not first {first}, scale {scale}")
        self.scale = scale
        self.first = first

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        check_multiples(pixels, self.scale)
        return pixels[..., self.first :: self.scale, self.first :: self.scale]

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        height, width = (side * self.scale for side in observed.shape[2:])
        spread = observed.new_zeros(*observed.shape[:2], height, width)
        spread[..., self.first :: self.scale, self.first :: self.scale] = observed
        return spread
