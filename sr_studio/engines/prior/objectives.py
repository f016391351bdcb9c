"""What a fit minimises: how far the picture, seen as it was observed, is from the observation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from sr_studio.degradations.linear._spec import LinearDegradation
    from sr_studio.models.features._spec import FeatureNetwork


class Objective(Protocol):
    """A scalar of the restored picture, the smaller the better."""

    def __call__(self, restored: Tensor) -> Tensor:
        """Return the loss of (1, C, H, W) in [0, 1]; differentiable, on its device."""


class Observation:
    """Mean of (A x - y)^2: denoising, inpainting and super-resolution by their operators.

    Ulyanov et al., "Deep Image Prior", https://arxiv.org/abs/1711.10925, equations 2, 4 and 6.

    Args:
        operator: A.
        observed: y, (1, C, h, w) in [0, 1]; where A is a mask, missing pixels are 0.
    """

    def __init__(self, operator: LinearDegradation, observed: Tensor) -> None:
        self._operator = operator
        self._observed = observed

    def __call__(self, restored: Tensor) -> Tensor:
        return F.mse_loss(self._operator(restored), self._observed)


class WarmStart:
    """An objective that at first also wants another method's result, by a share that falls to 0.

    So the fit shows something usable from its first iterations on, and ends as it would without.

    Args:
        objective: that counts in the end.
        picture: the other result, (1, C, H, W) in [0, 1].
        iterations: after so many calls it has no part any more.
    """

    def __init__(self, objective: Objective, picture: Tensor, iterations: int) -> None:
        self._objective = objective
        self._picture = picture
        self._iterations = iterations
        self._calls = 0

    def __call__(self, restored: Tensor) -> Tensor:
        loss = self._objective(restored)
        if self._calls < self._iterations:
            share = 1 - self._calls / self._iterations
            loss = loss + share * F.mse_loss(restored, self._picture)
        self._calls += 1
        return loss


class FeatureInversion:
    """Mean of (phi(x) - phi(y))^2 over the layers: what a classifier keeps of a picture.

    Ulyanov et al., section 5 of the IJCV version: natural pre-images.

    Args:
        network: phi, frozen, where the picture is.
        layers: of it.
        picture: y, (1, 3, H, W) in [0, 1].
    """

    def __init__(self, network: FeatureNetwork, layers: Sequence[str], picture: Tensor) -> None:
        self._network = network
        self._layers = tuple(layers)
        with torch.no_grad():
            self._wanted: Mapping[str, Tensor] = network(picture, self._layers)

    def __call__(self, restored: Tensor) -> Tensor:
        found = self._network(restored, self._layers)
        # as the picture's own features are large or small, so their errors count
        parts = [
            F.mse_loss(found[name], wanted) / wanted.square().mean().clamp_min(1e-12)
            for name, wanted in self._wanted.items()
        ]
        return torch.stack(parts).mean()


class ActivationMaximisation:
    """The negative mean of one channel of a layer: what that channel looks for.

    Ulyanov et al., section 5 of the IJCV version.

    Args:
        network: a classifier, frozen, where the picture is.
        layer: of it.
        channel: of the layer.
    """

    def __init__(self, network: FeatureNetwork, layer: str, channel: int) -> None:
        self._network = network
        self._layer = layer
        self._channel = channel

    def __call__(self, restored: Tensor) -> Tensor:
        features: Tensor = self._network(restored, (self._layer,))[self._layer]
        return -features[:, self._channel].mean()
