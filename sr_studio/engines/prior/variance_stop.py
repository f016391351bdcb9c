"""Finds the moment to stop: where the outputs of a fit vary least."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

_SIDE = 64  # outputs are sampled down to about this many pixels a side


class VarianceStop:
    """The moving variance of the last outputs, and the moment when it was least.

    Hengkang Wang, Taihui Li, Zhong Zhuang, Tiancong Chen, Hengyue Liang, Ju Sun: "Early Stopping
    for Deep Image Prior", TMLR 2023 (2021), https://arxiv.org/abs/2112.06074, algorithm 1. While
    the network still learns the picture its outputs move; near the best moment they settle; then
    it starts on the noise and they move again. Deviation: outputs are sampled at some 64x64
    places, which costs next to nothing and changes the variance's scale only.

    Everything stays on the device of the outputs; nothing is read back until `is_over` asks.

    Args:
        window: outputs that the variance is of.
        patience: outputs without a smaller variance until it is over.
    """

    def __init__(self, window: int, patience: int) -> None:
        self._window = window
        self._patience = patience
        self._count = 0
        self._memory: _Memory | None = None

    def add(self, sample: Tensor) -> tuple[Tensor, Tensor]:
        """Take the next output.

        Args:
            sample: (n,) float, of `sample_output`; always the same n.

        Returns:
            (variance, is_least): scalars on the device; the variance is NaN until the window is
            full, `is_least` says whether it is smaller than all before.
        """
        memory = self._memory = self._memory or _Memory.empty(self._window, sample)
        place = memory.ring[self._count % self._window]
        new, old = sample.double(), place.double()
        memory.sums[0] += new - old
        memory.sums[1] += new.square() - old.square()
        place.copy_(sample)
        self._count += 1
        if self._count < self._window:
            unknown = sample.new_full((), torch.nan)
            return unknown, unknown > 0
        mean, square = memory.sums / self._window
        variance = (square - mean.square()).mean().clamp_min(0).float()
        is_least = variance < memory.best_variance
        memory.best_variance = torch.where(is_least, variance, memory.best_variance)
        memory.best_count.masked_fill_(is_least, self._count)
        return variance, is_least

    @property
    def best_count(self) -> int:
        """Which output, counted from 1, ended the window of least variance; 0 before any did.

        Waits for the device.
        """
        return 0 if self._memory is None else int(self._memory.best_count)

    @property
    def is_over(self) -> bool:
        """Whether the patience has run out. Waits for the device."""
        best = self.best_count
        return best > 0 and self._count - best >= self._patience

    def state(self) -> dict[str, Any]:
        """Return what `load_state` takes: tensors and plain values."""
        memory = None if self._memory is None else asdict(self._memory)
        return {"count": self._count, "memory": memory}

    def load_state(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on where `state` was taken."""
        self._count = state["count"]
        if state["memory"] is not None:
            there = {name: value.to(device) for name, value in state["memory"].items()}
            self._memory = _Memory(**there)


@dataclass(slots=True)
class _Memory:
    """What a VarianceStop remembers, on the device of the outputs.

    Attributes:
        ring: (window, n), the last outputs.
        sums: (2, n) float64, of their values and of their squares.
        best_variance: scalar.
        best_count: scalar, whole.
    """

    ring: Tensor
    sums: Tensor
    best_variance: Tensor
    best_count: Tensor

    @classmethod
    def empty(cls, window: int, sample: Tensor) -> _Memory:
        return cls(
            ring=sample.new_zeros(window, sample.numel()),
            sums=sample.new_zeros(2, sample.numel(), dtype=torch.float64),
            best_variance=torch.full((), torch.inf, device=sample.device),
            best_count=torch.zeros((), dtype=torch.long, device=sample.device),
        )


def sample_output(restored: Tensor) -> Tensor:
    """Return (n,) values of (1, C, H, W), detached, at the places of a grid of some 64x64."""
    step_y, step_x = (max(side // _SIDE, 1) for side in restored.shape[2:])
    return restored.detach()[0, :, step_y // 2 :: step_y, step_x // 2 :: step_x].reshape(-1)
