"""Networks that declare how far they see visibly: tiles with that halo must be the same to 1e-5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore

CORE_PX = 16


@pytest.mark.slow
@pytest.mark.parametrize("model_id", [s.id for s in all_models().values() if s.visible_context_px])
def test_nothing_beyond_the_visible_context_shows(model_id: str, shared_data: Path) -> None:
    spec = all_models()[model_id]
    store = WeightStore()
    scale = spec.scales[0]
    assert spec.visible_context_px
    halo_px = spec.visible_context_px(scale)
    assert halo_px < spec.context_px(scale)
    if (entry := store.entries(spec)[0]).path is None:
        pytest.skip(f"needs weights that are not here: {entry.advice}")
    network = store.load(spec, scale).to(memory_format=torch.channels_last)
    picture = Image.open(shared_data / "benchmarks" / "Set14" / "HR" / "zebra.png")
    pixels = np.asarray(picture.convert("RGB"))[:300, :300].astype(np.float32) / 255
    whole = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
    start, stop = 150 - CORE_PX // 2, 150 + CORE_PX // 2
    window = slice(start - halo_px, stop + halo_px)
    inner = slice(halo_px * scale, (halo_px + CORE_PX) * scale)
    core = slice(start * scale, stop * scale)
    with torch.inference_mode():
        untiled = network(whole)[..., core, core].clamp(0, 1)
        tile = network(whole[..., window, window])[..., inner, inner].clamp(0, 1)
    assert (tile - untiled).abs().max() < 1e-5
