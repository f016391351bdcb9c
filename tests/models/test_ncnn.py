"""The ncnn reader, against ncnn itself where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from sr_studio.errors import WeightsError
from sr_studio.models._ncnn import is_ncnn, read_ncnn
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore

PARAM = """7767517
4 4
Input data 0 1 data
Convolution first 1 1 data a 0=4 1=3 4=1 5=1 6=108
PReLU slope 1 1 a b 0=4
Deconvolution last 1 1 b output 0=3 1=4 3=2 4=1 5=1 6=192
"""
FP16 = (0x01306B47).to_bytes(4, "little")
FP32 = bytes(4)


def write_network(folder: Path, flag: bytes = FP32) -> Path:
    random = np.random.default_rng(3)
    kind = np.float16 if flag == FP16 else np.float32

    def numbers(count: int, of: type = np.float32) -> bytes:
        return random.uniform(-0.2, 0.2, count).astype(of).tobytes()

    param = folder / "net.param"
    param.write_text(PARAM)
    param.with_suffix(".bin").write_bytes(
        flag + numbers(108, kind) + numbers(4) + numbers(4) + flag + numbers(192, kind) + numbers(3)
    )
    return param


def run_by_ncnn(
    param: Path, data: NDArray[np.float32], input_name: str = "data"
) -> NDArray[np.float32]:
    ncnn: Any = pytest.importorskip("ncnn", reason="needs the ncnn runtime: pip install ncnn")
    network = ncnn.Net()
    options = network.opt
    options.use_vulkan_compute = False
    options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
    options.use_bf16_storage = False
    options.num_threads = 2
    assert network.load_param(str(param)) == 0
    assert network.load_model(str(param.with_suffix(".bin"))) == 0
    extractor = network.create_extractor()
    extractor.input(input_name, ncnn.Mat(np.ascontiguousarray(data)))
    _, result = extractor.extract("output")
    return np.array(result)


def random_picture(height: int, width: int) -> NDArray[np.float32]:
    # smooth shapes and an edge: noise alone would leave most of a network's range unused
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(x / 5 + y / 7), np.cos(x / 3), np.sin(y / 4 - x / 9)]
    picture = np.stack(waves) * 0.3 + 0.5 + 0.2 * (x + y > width)
    return np.clip(picture, 0, 1).astype(np.float32)


@pytest.mark.parametrize("flag", [FP32, FP16], ids=["fp32", "fp16"])
def test_layers_compute_what_ncnn_computes(flag: bytes, tmp_path: Path) -> None:
    param = write_network(tmp_path, flag)
    weights = read_ncnn(param)
    data = random_picture(5, 7)
    features = F.conv2d(
        torch.from_numpy(data)[None], weights["first.weight"], weights["first.bias"], padding=1
    )
    features = F.prelu(features, weights["slope.weight"])
    ours = F.conv_transpose2d(
        features, weights["last.weight"], weights["last.bias"], stride=2, padding=1
    )
    assert np.abs(ours[0].numpy() - run_by_ncnn(param, data)).max() < 1e-5


def test_it_is_recognised_by_content(tmp_path: Path) -> None:
    param = write_network(tmp_path)
    assert is_ncnn(param)
    assert not is_ncnn(param.with_suffix(".bin"))


@pytest.mark.parametrize("change", [-4, -1, 4], ids=["short", "cut", "long"])
def test_a_bin_of_another_size_is_damaged(change: int, tmp_path: Path) -> None:
    param = write_network(tmp_path)
    binary = param.with_suffix(".bin")
    data = binary.read_bytes()
    binary.write_bytes(data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(WeightsError, match="do not fit together") as caught:
        read_ncnn(param)
    assert caught.value.advice


def test_a_missing_bin_is_named(tmp_path: Path) -> None:
    param = write_network(tmp_path)
    param.with_suffix(".bin").unlink()
    with pytest.raises(WeightsError, match=r"net\.bin is missing"):
        read_ncnn(param)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PReLU slope", "LSTM slope"),
        ("PReLU slope", "PixelShuffle slope"),
    ],
)
def test_an_unknown_layer_is_named(old: str, new: str, tmp_path: Path) -> None:
    param = write_network(tmp_path)
    param.write_text(PARAM.replace(old, new).replace("a b 0=4", "a b 0=4 1=1"))
    with pytest.raises(WeightsError, match="not supported"):
        read_ncnn(param)


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    param = write_network(tmp_path, (0x000D4B38).to_bytes(4, "little"))
    with pytest.raises(WeightsError, match="0x000d4b38"):
        read_ncnn(param)


INSTALLED = [
    pytest.param(
        spec.id,
        scale,
        id=f"{spec.id}-x{scale}",
        marks=[pytest.mark.slow] if spec.published_parameters.get(scale, 0) > 1e7 else [],
    )
    for spec in all_models().values()
    for scale in spec.scales
    if any(source.origin == "installed" and scale in source.scales for source in spec.weights)
]


@pytest.mark.parametrize(("model_id", "scale"), INSTALLED)
def test_imported_networks_agree_with_the_ncnn_runtime(model_id: str, scale: int) -> None:
    """On 99.9 % of the pixels to 1/255."""
    spec = all_models()[model_id]
    store = WeightStore()
    entry = next(each for each in store.entries(spec) if scale in each.scales)
    if entry.path is None:
        pytest.skip(f"needs the weights of another package: {entry.advice}")
    data = random_picture(19, 23)
    network = store.load(spec, scale)
    with torch.inference_mode():
        ours = network(torch.from_numpy(data)[None])[0].numpy()
    input_name = "data"
    if isinstance(maps := getattr(network, "maps", None), torch.Tensor):
        # SRMD's ncnn files take the degradation maps as further channels of the picture
        data = np.concatenate([data, np.broadcast_to(maps[0].numpy(), (maps.shape[1], 19, 23))])
        input_name = "input"
    # animevideov3 has a file for each scale, with the same weights
    param = entry.path.with_name(entry.path.name.replace("v3-x4", f"v3-x{scale}"))
    theirs = run_by_ncnn(param, data, input_name)
    error = np.abs(np.clip(ours, 0, 1) - np.clip(theirs, 0, 1)).max(axis=0)
    assert np.mean(error <= 1 / 255) >= 0.999
