"""Networks of several scales that are trained as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


class ScaleFamily(nn.Module):
    """The same network at several scales, sharing every parameter of equal name and shape.

    So VDSR becomes one network for all scales and MDSR (Lim et al., CVPR Workshops 2017) trains
    its trunk with all of them; of others the upsamplers stay apart.

    Args:
        networks: scale -> network; parameters of the later are replaced by those of the first
            that has them.
    """

    def __init__(self, networks: Mapping[int, nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleDict({str(scale): each for scale, each in networks.items()})
        owned: dict[str, nn.Parameter] = {}
        for network in networks.values():
            for name, parameter in list(network.named_parameters()):
                first = owned.setdefault(name, parameter)
                if first is not parameter and first.shape == parameter.shape:
                    _replace(network, name, first)

    def at(self, scale: int) -> nn.Module:
        """Return the network of this scale."""
        return self.networks[str(scale)]

    @override
    def forward(self, low_res: Tensor, scale: int) -> Tensor:
        """Return what the network of `scale` makes; shapes and range as there."""
        high_res: Tensor = self.at(scale)(low_res)
        return high_res


def weights_at(weights: Mapping[str, Tensor], scale: int) -> dict[str, Tensor]:
    """Return the state dict of the network of `scale` out of that of its family."""
    prefix = f"networks.{scale}."
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in weights.items()
        if name.startswith(prefix)
    }


def _replace(network: nn.Module, name: str, parameter: nn.Parameter) -> None:
    path, _, leaf = name.rpartition(".")
    setattr(network.get_submodule(path), leaf, parameter)
