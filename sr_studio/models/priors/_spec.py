"""What a network that is fitted to one picture says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn


@dataclass(frozen=True, slots=True)
class PriorSpec:
    """A network whose structure is the prior: one file, found by discovery.

    Attributes:
        id: what users type.
        title: for people.
        paper: where it is from.
        build: channels in, channels out -> the network with random weights. It maps
            (1, channels in, H / r, W / r) to (1, channels out, H, W) in [0, 1], r being
            `input_reduction`. Parameters that are not to be fitted require no gradient.
        size_multiple: H and W are to be whole multiples of it.
        input_kind: "noise" is uniform in [0, input_scale], "normal" is Gaussian of that deviation,
            "meshgrid" holds the coordinates in [0, 1], two channels.
        input_channels: of the input.
        input_scale: see `input_kind`.
        input_reduction: the input is smaller than the picture by this factor.
        learning_rate: of Adam.
        fits_input: whether the input is fitted as well.
        takes_root: whether the root of the squared error is minimised.
        tv_weight: of the total variation that is added.
    """

    id: str
    title: str
    paper: str
    build: Callable[[int, int], nn.Module]
    size_multiple: int
    input_kind: Literal["noise", "normal", "meshgrid"] = "noise"
    input_channels: int = 32
    input_scale: float = 0.1
    input_reduction: int = 1
    learning_rate: float = 0.01
    fits_input: bool = False
    takes_root: bool = False
    tv_weight: float = 0.0

    def __post_init__(self) -> None:
        if self.input_kind == "meshgrid" and self.input_channels != 2:
            raise ValueError(f"a meshgrid has 2 channels, not {self.input_channels}")
