"""Convolutions in half precision whose weights are kept in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from sr_studio.engines.device import choose_precision
from sr_studio.engines.half_precision import LAYERS

if TYPE_CHECKING:
    from torch import Tensor, nn


def choose_fit_precision(
    device: torch.device, name: Literal["auto", "fp32", "bf16"], *, is_8bit: bool
) -> Literal["fp32", "bf16"]:
    """Return the arithmetic of a fit's convolutions; see `choose_precision`."""
    chosen = choose_precision(device, name, is_8bit=is_8bit)
    return "fp32" if chosen == "fp32" else "bf16"  # fp16 would need its loss scaled


class HalfWeights:
    """Turns a network's convolutions into half precision; an optimiser works on full copies.

    Adam's steps on bf16 weights themselves would mostly be rounded away.

    Args:
        network: changed in place; normalisations stay in fp32.
        dtype: of the convolutions; float32 leaves all as it is.
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        self._own: list[Tensor] = []
        self._full: list[Tensor] = []
        halved: set[Tensor] = set()
        if dtype != torch.float32:
            for layer in network.modules():
                if isinstance(layer, LAYERS):
                    for parameter in layer.parameters(recurse=False):
                        if parameter.requires_grad:
                            self._own.append(parameter)
                            self._full.append(parameter.detach().clone())
                        parameter.data = parameter.data.to(dtype)
                        halved.add(parameter)
        rest = [p for p in network.parameters() if p.requires_grad and p not in halved]
        self.fitted: tuple[Tensor, ...] = (*self._full, *rest)
        """What the optimiser changes."""

    def take_gradients(self) -> None:
        """Bring the gradients of the halves to the full weights."""
        for own, full in zip(self._own, self._full, strict=True):
            full.grad = None if own.grad is None else own.grad.to(full.dtype)
            own.grad = None

    def push(self) -> None:
        """Bring the full weights, after a step, to the halves."""
        if self._own:
            with torch.no_grad():
                torch._foreach_copy_(self._own, self._full)
