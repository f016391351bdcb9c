"""Nothing is lost but to noise: for denoising and JPEG artefacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation

if TYPE_CHECKING:
    from torch import Tensor


class Identity(LinearDegradation):
    """A x = x."""

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        return pixels

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        return observed
