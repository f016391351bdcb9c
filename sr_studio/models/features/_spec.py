"""What a classifier whose features are compared says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from sr_studio.jobs.control import JobContext


class FeatureNetwork(nn.Module):
    """A trained classifier that gives back what its layers make of a picture.

    Frozen: gradients reach the picture, not the weights.
    """

    @override
    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the feature maps of these layers; nothing behind the last of them is computed.

        Args:
            image: (B, 3, H, W), RGB in [0, 1], not clamped.
            layers: of `FeatureSpec.layers`.

        Returns:
            name -> (B, K, h, w).
        """
        wanted = set(layers)
        found: dict[str, Tensor] = {}
        for name, features in self.each_layer(image):
            if name in wanted:
                found[name] = features
                if len(found) == len(wanted):
                    return found
        raise KeyError(f"no layer {min(wanted - set(found))!r}")

    def each_layer(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield the name and the output of each layer, in order; `image` as in `forward`."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """A classifier: one file, found by discovery.

    Attributes:
        id: what recipes name.
        title: for people.
        paper: where it is from.
        build: makes it without weights.
        read: returns its state dict; downloads only where recipes name it for that.
        layers: names, in order.
        default_layer: that a content loss compares.
    """

    id: str
    title: str
    paper: str
    build: Callable[[], FeatureNetwork]
    read: Callable[[JobContext], Mapping[str, Tensor]]
    layers: tuple[str, ...]
    default_layer: str
