"""Antialiased downsampling with the kernels of `imresize`: for super-resolution."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation, check_multiples
from sr_studio.imaging.resize import resampling_taps

if TYPE_CHECKING:
    from torch import Tensor

    from sr_studio.imaging.resize import Edge, Kernel


class Downsampling(LinearDegradation):
    """A x = what MATLAB's `imresize` makes of x, without rounding.

    "bicubic" made the field's test sets. "lanczos2" with edge "replicate" is the downsampler of
    the reference code of V. Lempitsky et al., "Deep Image Prior", CVPR 2018,
    https://arxiv.org/abs/1711.10925 at even scales; at odd ones that code samples the kernel half
    a pixel off, which moves the picture, and this class does not.

    Args:
        scale: whole divisor of the sides.
        kernel: of `imresize`, widened by `scale`; "nearest" keeps one pixel of each block.
        edge: what lies beyond the picture.
    """

    def __init__(self, scale: int, kernel: Kernel = "bicubic", *, edge: Edge = "symmetric") -> None:
        super().__init__()
        if scale < 1:
            raise ValueError(f"want a scale of 1 or more, not {scale}")
        self.scale = scale
        self.kernel: Kernel = kernel
        self.edge: Edge = edge

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        check_multiples(pixels, self.scale)
        pixels = pixels.to(torch.promote_types(pixels.dtype, torch.float32))
        for side in (2, 3):
            weights, sources = self._taps(pixels.shape[side], side, pixels)
            # one pass a tap: no convolution, so that autocast leaves it in full precision
            parts = zip(weights, sources, strict=True)
            pixels = sum(  # type: ignore[assignment]  # never empty, so never the integer 0
                weight * pixels.index_select(side, source) for weight, source in parts
            )
        return pixels

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        observed = observed.to(torch.promote_types(observed.dtype, torch.float32))
        for side in (3, 2):
            shape = list(observed.shape)
            shape[side] *= self.scale
            weights, sources = self._taps(shape[side], side, observed)
            spread = observed.new_zeros(shape)
            for weight, source in zip(weights, sources, strict=True):
                spread.index_add_(side, source, weight * observed)
            observed = spread
        return observed

    def _taps(self, count: int, side: int, like: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return for each tap the weights, which spread along `side`, and the source indices."""
        weights, sources = _tap_tensors(count, self.scale, self.kernel, self.edge)
        shape = (-1, 1) if side == 2 else (-1,)
        moved = weights.to(like.device, like.dtype)
        return [each.reshape(shape) for each in moved], list(sources.to(like.device))


@lru_cache(maxsize=16)
def _tap_tensors(count: int, scale: int, kernel: Kernel, edge: Edge) -> tuple[Tensor, Tensor]:
    """Return weights in float64 and source indices, each (taps, count / scale)."""
    weights, sources = resampling_taps(count, 1 / scale, kernel=kernel, edge=edge)
    return torch.from_numpy(weights.T.copy()), torch.from_numpy(sources.T.copy())
