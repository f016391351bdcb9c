"""SelfExSR: no network, but patches of the picture itself, found by its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor


class SelfExSR(nn.Module):
    """What is left to do once the engine has enlarged the picture: nothing.

    Jia-Bin Huang, Abhishek Singh, Narendra Ahuja: "Single Image Super-Resolution from Transformed
    Self-Exemplars", CVPR 2015, https://github.com/jbhuang0604/SelfExSR. The method, and what
    differs from the paper, is in `sr_studio.engines.learners.self_exemplars`. On its own this
    module is the bicubic enlargement.
    """

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y. Returns: the same."""
        return enlarged


MODEL = ModelSpec(
    id="selfexsr",
    title="SelfExSR",
    year=2015,
    paper="Jia-Bin Huang, Abhishek Singh, Narendra Ahuja: Single Image Super-Resolution from "
    "Transformed Self-Exemplars, CVPR 2015, https://github.com/jbhuang0604/SelfExSR",
    build=lambda _scale: SelfExSR(),
    scales=(2, 3, 4),
    channels="y",
    upsampling="bicubic",
    context_px=bicubic_context(0),
    loss="none",
    published_psnr={
        "Set5": {2: 36.49, 3: 32.58, 4: 30.31},
        "Set14": {2: 32.22, 3: 29.16, 4: 27.40},
        "BSD100": {2: 31.18, 3: 28.30, 4: 26.85},
    },
    learns_from="picture",
)
