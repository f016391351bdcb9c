"""Networks as the picker sees them, without building any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sr_studio.tasks.models import ModelInfo, WeightInfo

if TYPE_CHECKING:
    from sr_studio.models._weights import Origin


def make_info(
    model_id: str = "net", origin: Origin = "none", scales: tuple[int, ...] = (2, 3), **changes: Any
) -> ModelInfo:
    """A network whose weights for each scale are at `origin`."""
    weights = tuple(
        WeightInfo(
            None if origin == "none" else f"{model_id}-x{scale}",
            scale, origin, "MIT", "DIV2K", None, "", 2_680_962,
        )
        for scale in scales
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": model_id,
        "title": model_id.upper(),
        "task": "upscale",
        "year": 2018,
        "paper": "Ada Byron, Kurt Gauß: On Networks: a Study, CVPR 2018, https://example.org/1",
        "parameters": 500_000,
        "parameters_scale": max(scales),
        "scales": scales,
        "channels": "rgb",
        "loss": "l1",
        "upsampling": "direct",
        "look": "faithful",
        "learns_from": "weights",
        "weights": weights,
    }
    return ModelInfo(**(values | changes))
