"""Losses on the features of a classifier: what a picture shows rather than its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.losses._spec import LossSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_PATCH_CELLS = 4  # 16 pixels at the first layer that EnhanceNet compares, of stride 4 there


class ContentLoss(nn.Module):
    """The mean squared distance of feature maps.

    Christian Ledig et al.: "Photo-Realistic Single Image Super-Resolution Using a Generative
    Adversarial Network", CVPR 2017, https://arxiv.org/abs/1609.04802 (equation 5). The paper's
    layers are VGG-19's conv5_4 and conv2_2 after ReLU ("vgg54", "vgg22"); ESRGAN (Wang et al.,
    ECCV Workshops 2018) takes conv5_4 before it and the absolute distance. With another classifier
    the scale of the loss differs; the paper divides VGG's by 12.75 squared (`scale` 0.006).

    Args:
        features: maps (B, 3, H, W) in [0, 1] to (B, K, h, w).
        distance: "l2" as SRGAN or "l1" as ESRGAN.
        scale: multiplies the loss.
    """

    def __init__(
        self, features: Callable[[Tensor], Tensor], distance: str = "l2", scale: float = 1.0
    ) -> None:
        super().__init__()
        if distance not in ("l1", "l2"):
            raise ValueError(f"distance must be l1 or l2, not {distance!r}")
        self._features = features
        self._distance = F.l1_loss if distance == "l1" else F.mse_loss
        self._scale = scale

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        wanted = self._features(_as_rgb(truth)).detach()
        return self._scale * self._distance(self._features(_as_rgb(restored)), wanted)


class TextureLoss(nn.Module):
    """The mean squared distance of Gram matrices, patch by patch.

    Mehdi S. M. Sajjadi, Bernhard Schölkopf, Michael Hirsch: "EnhanceNet: Single Image
    Super-Resolution Through Automated Texture Synthesis", ICCV 2017,
    https://arxiv.org/abs/1612.07919 (equation 5): G(F) = F F^T of the features of each patch of 16
    pixels, after VGG-19's conv1_1, conv2_1 and conv3_1, whose losses a recipe sums by naming three.
    Here F F^T is divided by its number of places and of channels, so that layers compare.

    Args:
        features: maps (B, 3, H, W) in [0, 1] to (B, K, h, w).
        patch_cells: side of a patch in cells of the feature map; what is left over at the right
            and below is not compared.
    """

    def __init__(
        self, features: Callable[[Tensor], Tensor], patch_cells: int = _PATCH_CELLS
    ) -> None:
        super().__init__()
        self._features = features
        self._patch_cells = patch_cells

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        wanted = self._grams(truth).detach()
        return F.mse_loss(self._grams(restored), wanted)

    def _grams(self, pixels: Tensor) -> Tensor:
        """Return (B, patches, K, K)."""
        features = self._features(_as_rgb(pixels))
        side = min(self._patch_cells, *features.shape[2:])
        batch, channels = features.shape[:2]
        patches = F.unfold(features, side, stride=side)  # (B, K*side*side, patches)
        patches = patches.view(batch, channels, side * side, -1).permute(0, 3, 1, 2)
        grams: Tensor = patches @ patches.transpose(2, 3) / (side * side * channels)
        return grams


def _as_rgb(pixels: Tensor) -> Tensor:
    return pixels.expand(-1, 3, -1, -1) if pixels.shape[1] == 1 else pixels


LOSS = (
    LossSpec(
        id="content",
        title="Content",
        paper="Ledig et al., SRGAN, CVPR 2017, https://arxiv.org/abs/1609.04802",
        build=ContentLoss,
        options={"distance": str, "scale": float},
        least_px=32,
        needs_features=True,
    ),
    LossSpec(
        id="texture",
        title="Texture",
        paper="Sajjadi et al., EnhanceNet, ICCV 2017, https://arxiv.org/abs/1612.07919",
        build=TextureLoss,
        options={"patch_cells": int},
        least_px=32,
        needs_features=True,
    ),
)
