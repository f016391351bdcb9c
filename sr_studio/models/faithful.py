"""SR Studio Faithful and Perceptual: what lies nearest to the truth, and what looks sharpest."""

from __future__ import annotations

from typing import Literal

from sr_studio.models._shipped import SET_291, shipped_weights
from sr_studio.models._spec import ModelSpec
from sr_studio.models.rfdn import RFDN, context_px

_PAPER = (
    "Trained by this project. The architecture is RFDN of Jie Liu, Jie Tang, Gangshan Wu: Residual "
    "Feature Distillation Network for Lightweight Image Super-Resolution, ECCV Workshops 2020, "
    "https://arxiv.org/abs/2009.11551"
)


def _spec(
    model_id: str,
    title: str,
    scales: tuple[int, ...],
    loss: Literal["l1", "gan"],
    *,
    shipped: tuple[int, ...],
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2026,
        paper=_PAPER,
        build=RFDN,
        scales=scales,
        channels="rgb",
        value_range=255.0,
        upsampling="direct",
        context_px=lambda _scale: context_px(6),
        has_global_context=True,
        loss=loss,
        weights=shipped_weights(model_id, shipped, SET_291),
    )


MODEL = (
    _spec("faithful", "SR Studio Faithful", (2, 3, 4), "l1", shipped=(2, 3, 4)),
    _spec("perceptual", "SR Studio Perceptual", (4,), "gan", shipped=(4,)),
)
