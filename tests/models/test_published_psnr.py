"""Published weights, downloaded and converted, reach the figures that were measured with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from sr_studio.imaging.resize import imresize
from sr_studio.imaging.ycbcr import rgb_to_y
from sr_studio.jobs.progress import silent_context
from sr_studio.metrics.psnr import psnr
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec
from sr_studio.models._weights import WeightStore
from tests.helpers.weight_server import WeightServer

_SLOW = frozenset({"vdsr", "realesrgan-x4plus", "realesrgan-x4plus-anime"})
_SMALL = frozenset({"fsrcnn", "compact"})
MEASURED = [
    pytest.param(
        entry.model_id,
        entry.id,
        scale,
        id=f"{entry.id}-at-x{scale}",
        # the short version: x4, where networks at low resolution have the least to do
        marks=[pytest.mark.slow]
        if entry.model_id in _SLOW or (scale < 4 and entry.model_id not in _SMALL)
        else [],
    )
    for entry in WeightStore(Path("no such folder")).entries()
    for scale in entry.set5_psnr
]


@pytest.mark.parametrize(("model_id", "weight_id", "scale"), MEASURED)
def test_set5_psnr_is_as_published(
    model_id: str,
    weight_id: str,
    scale: int,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    spec = all_models()[model_id]
    store = WeightStore(tmp_path)
    entry = store.find(weight_id)
    if entry.origin == "none":
        pytest.skip(f"needs weights that are not here: {entry.advice}")
    if entry.origin == "downloadable":
        with WeightServer(lambda path: (shared_data / "weights" / path[1:]).read_bytes()) as server:
            store.download(weight_id, silent_context(), mirror=server.url)
    network = store.load(spec, scale, weight_id)
    measured = set5_psnr(spec, network, scale, shared_data / "benchmarks" / "Set5")
    assert measured == pytest.approx(entry.set5_psnr[scale], abs=0.03)


def set5_psnr(spec: ModelSpec, network: nn.Module, scale: int, set5: Path) -> float:
    """Mean dB on Y, shaved by the scale, from the published low-resolution pictures."""
    network = network.to(memory_format=torch.channels_last)
    decibels = []
    for path in sorted((set5 / "HR").iterdir()):
        low_res = load(set5 / f"LRx{scale}" / path.name)
        height, width = low_res.shape[0] * scale, low_res.shape[1] * scale
        high_res = load(path)[:height, :width]
        if spec.channels == "y":
            low_res = rgb_to_y(low_res)[..., None]
        if spec.upsampling == "bicubic":
            low_res = imresize(low_res, size=(width, height))
        tensor = torch.from_numpy(np.ascontiguousarray(low_res.transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            output = network(tensor * spec.value_range) / spec.value_range
        restored = output[0].permute(1, 2, 0).numpy()
        if spec.channels == "y":
            restored_y = restored[..., 0]
        else:
            restored_y = rgb_to_y(np.clip(np.round(restored * 255), 0, 255) / 255)
        inner = (slice(scale, -scale), slice(scale, -scale))
        decibels.append(psnr(restored_y[inner], rgb_to_y(high_res)[inner], white=1.0))
    return float(np.mean(decibels))


def load(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255
