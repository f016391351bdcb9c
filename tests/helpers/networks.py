"""Small networks with known behaviour, and what the engines need to run them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sr_studio.engines.prepared_network import PreparedNetwork, prepare_network
from sr_studio.models._spec import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = torch.device("cpu")


class FaithfulNet(nn.Module):
    """Nearest enlargement plus a small residual of two convolutions."""

    def __init__(self, scale: int, channels: int, amount: float = 0.05) -> None:
        super().__init__()
        self.scale = scale
        self.first = nn.Conv2d(channels, 8, 3, padding=1)
        self.last = nn.Conv2d(8, channels * scale**2, 3, padding=1)
        self.amount = amount

    def forward(self, low_res: Tensor) -> Tensor:
        residual = F.pixel_shuffle(self.last(torch.relu(self.first(low_res))), self.scale)
        return F.interpolate(low_res, scale_factor=float(self.scale)) + self.amount * residual


class Mapped(nn.Module):
    """Nearest enlargement, then any function of the pixels."""

    def __init__(self, scale: int, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.scale = scale
        self.function = function

    def forward(self, low_res: Tensor) -> Tensor:
        return self.function(F.interpolate(low_res, scale_factor=float(self.scale)))


def make_spec(
    channels: Literal["y", "rgb"] = "rgb",
    upsampling: Literal["direct", "bicubic"] = "direct",
    **changes: Any,
) -> ModelSpec:
    count = 1 if channels == "y" else 3

    def build(scale: int) -> nn.Module:
        torch.manual_seed(0)
        return FaithfulNet(1 if upsampling == "bicubic" else scale, count).eval()

    values: dict[str, Any] = {
        "id": "faithful",
        "title": "Faithful",
        "year": 2026,
        "paper": "none",
        "build": build,
        "scales": (2, 3, 4),
        "channels": channels,
        "upsampling": upsampling,
        "context_px": lambda scale: 2 if upsampling == "direct" else -(-2 // scale) + 2,
        "loss": "none",
    }
    return ModelSpec(**(values | changes))


def prepare(spec: ModelSpec, scale: int = 2, network: nn.Module | None = None) -> PreparedNetwork:
    return prepare_network(spec, network or spec.build(scale), scale, device=CPU, precision="fp32")


def ready_without_checks(module: nn.Module, scale: int = 2, **changes: Any) -> PreparedNetwork:
    """A network that works on the test picture and fails later."""
    return PreparedNetwork(make_spec(**changes), scale, module.eval(), CPU, "fp32", 100.0, 1)
