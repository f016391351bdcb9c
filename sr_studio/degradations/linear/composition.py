"""One degradation after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.degradations.linear._spec import LinearDegradation
from sr_studio.degradations.linear.blur import Blur
from sr_studio.degradations.linear.decimation import Decimation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


class Composition(LinearDegradation):
    """A x = An ... A2 A1 x.

    Args:
        steps: A1, A2, ... in the order in which they happen.
    """

    def __init__(self, *steps: LinearDegradation) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)

    @override
    def forward(self, pixels: Tensor) -> Tensor:
        for step in self._each():
            pixels = step(pixels)
        return pixels

    @override
    def adjoint(self, observed: Tensor) -> Tensor:
        for step in reversed(list(self._each())):
            observed = step.adjoint(observed)
        return observed

    def _each(self) -> Iterator[LinearDegradation]:
        for step in self.steps:
            assert isinstance(step, LinearDegradation)
            yield step


def blur_and_decimate(kernel: NDArray[np.float64], scale: int, first: int = 0) -> Composition:
    """Return the operator "blur, then keep every `scale`-th pixel from `first` on".

    The picture keeps its place where the kernel's centre of mass lies (scale - 1) / 2 - first
    pixels to the left of and above its middle.
    """
    return Composition(Blur(kernel), Decimation(scale, first))
