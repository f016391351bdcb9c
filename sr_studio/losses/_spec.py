"""What a loss says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn


@dataclass(frozen=True, slots=True)
class LossSpec:
    """A loss: one file, found by discovery.

    Every loss maps restored and truth, both (B, C, H, W) with C 1 or 3 in [0, 1], restored not
    clamped, fp32 or finer, to a scalar, on the device of both.

    Attributes:
        id: what recipes name.
        title: for people.
        paper: where it is from.
        build: makes it with its published settings, or others by keyword.
        options: name -> type of the keywords that a recipe may give.
        least_px: smallest side of a crop.
        needs_features: whether `build` takes, first, a function from (B, 3, H, W) in [0, 1] to a
            feature map.
    """

    id: str
    title: str
    paper: str
    build: Callable[..., nn.Module]
    options: Mapping[str, type] = field(default_factory=dict)
    least_px: int = 1
    needs_features: bool = False
