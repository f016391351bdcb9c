"""Blur by a known kernel: for deconvolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation
from sr_studio.tensors.convolution import adjoint_of_convolve_mirrored, convolve_mirrored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


class Blur(LinearDegradation):
    """A x = x convolved with a kernel; the picture is mirrored beyond its edge.

    Args:
        kernel: (K, L), both odd, such as those of `sr_studio.degradations.kernels`.
    """

    def __init__(self, kernel: NDArray[np.float64]) -> None:
        super().__init__()
        if kernel.ndim != 2 or not all(side % 2 for side in kernel.shape):
            raise ValueError(f"want a kernel of odd sides, not {kernel.shape}")
        # no buffer: moving those moves the double precision too, which not every device has
        self.kernel = torch.tensor(kernel, dtype=torch.float64)

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        return convolve_mirrored(pixels, self.kernel)

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        return adjoint_of_convolve_mirrored(observed, self.kernel)
