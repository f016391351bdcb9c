from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sr_studio.errors import WeightsError
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import read_tensors
from sr_studio.models._weights import WeightStore
from tests.helpers.protobuf import constant, node, number, part, shape_proto, tensor_proto, varint

RANDOM = np.random.default_rng(4)
HWIO = RANDOM.standard_normal((3, 5, 2, 4)).astype(np.float32)
BIAS = RANDOM.standard_normal(4).astype(np.float32)


def read(tmp_path: Path, data: bytes) -> dict[str, torch.Tensor]:
    path = tmp_path / "net.pb"
    path.write_bytes(data)
    return read_tensors(path)


def test_a_filter_becomes_that_of_pytorch(tmp_path: Path) -> None:
    data = (
        node("input", "Placeholder")
        + constant("f1", tensor_proto(HWIO))
        + node("f1/read", "Identity", "f1")
        + node("conv1", "Conv2D", "input", "f1/read:0")
        + constant("b1", tensor_proto(BIAS))
        + constant("half", tensor_proto(0.5))
        + constant("axis", number(1, 3) + part(2, shape_proto(2)) + part(4, bytes(8)))
    )
    tensors = read(tmp_path, data)
    assert list(tensors) == ["f1", "b1"], "neither single numbers nor integers"
    assert torch.equal(tensors["f1"], torch.from_numpy(HWIO).permute(3, 2, 0, 1))
    assert torch.equal(tensors["b1"], torch.from_numpy(BIAS))


def test_a_transposed_filter_is_the_gradient_of_the_other(tmp_path: Path) -> None:
    """TensorFlow defines conv2d_transpose so; so does PyTorch."""
    hwoi = RANDOM.standard_normal((3, 3, 4, 2)).astype(np.float32)  # two channels to four
    data = (
        constant("f", tensor_proto(hwoi))
        + constant("sizes", number(1, 3) + part(2, shape_proto(4)) + part(4, bytes(16)))
        + node("up", "Conv2DBackpropInput", "sizes", "f", "input", "^sizes")
    )
    weight = read(tmp_path, data)["f"]
    assert weight.shape == (2, 4, 3, 3)
    picture = torch.rand(1, 4, 5, 5, requires_grad=True)
    forward = torch.from_numpy(hwoi).permute(3, 2, 0, 1)  # HWIO of the convolution: I = 4, O = 2
    result = F.conv2d(picture, forward)
    direction = torch.rand_like(result)
    result.backward(direction)  # type: ignore[no-untyped-call]  # torch lacks it
    assert picture.grad is not None
    torch.testing.assert_close(F.conv_transpose2d(direction, weight), picture.grad)


def test_depthwise_filters_and_matrices_are_turned(tmp_path: Path) -> None:
    matrix = RANDOM.standard_normal((2, 3)).astype(np.float32)
    data = (
        constant("d", tensor_proto(HWIO))
        + node("depthwise", "DepthwiseConv2dNative", "input", "d")
        + constant("m", tensor_proto(matrix))
        + node("product", "MatMul", "flat", "m")
    )
    tensors = read(tmp_path, data)
    assert tensors["d"].shape == (8, 1, 3, 5)
    assert torch.equal(tensors["d"][5, 0], torch.from_numpy(HWIO[:, :, 1, 1]))
    assert torch.equal(tensors["m"], torch.from_numpy(matrix.T))


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (number(1, 1) + part(2, shape_proto(2, 2)) + part(5, np.ones(4, "<f4").tobytes()), [1.0] * 4),
        (number(1, 1) + part(2, shape_proto(5)) + part(5, np.array([1, 2], "<f4").tobytes()), [1.0, 2.0, 2.0, 2.0, 2.0]),
        (number(1, 2) + part(2, shape_proto(2)) + part(6, np.array([1, 2], "<f8").tobytes()), [1.0, 2.0]),
        (number(1, 19) + part(2, shape_proto(2)) + number(13, 0x3C00) + number(13, 0xC000), [1.0, -2.0]),
        (tensor_proto([1.5, 2.5], 19, "<f2"), [1.5, 2.5]),
    ],
)  # fmt: skip
def test_every_way_to_store_numbers_is_read(
    tensor: bytes, expected: list[float], tmp_path: Path
) -> None:
    found = read(tmp_path, constant("a", tensor))["a"]
    assert found.dtype == torch.float32
    assert found.flatten().tolist() == expected


def test_weights_of_eight_bits_come_back_near_what_they_were(tmp_path: Path) -> None:
    """As quantize_weights stores those of the EDSR in OpenCV's dnn_superres."""
    low, high = float(HWIO.min()), float(HWIO.max())
    step = (high - low) / 255
    stored = np.round((HWIO - low) / step).astype(np.uint8)
    data = (
        constant("f_quantized_const", tensor_proto(stored, 12, "u1"))
        + constant("f_quantized_min", tensor_proto(low))
        + constant("f_quantized_max", tensor_proto(high))
        + node(
            "f",
            "Dequantize",
            "f_quantized_const",
            "f_quantized_min",
            "f_quantized_max",
            mode=part(2, "MIN_FIRST"),
        )
        + node("conv", "Conv2D", "input", "f")
    )
    tensors = read(tmp_path, data)
    assert list(tensors) == ["f"]
    expected = torch.from_numpy(HWIO).permute(3, 2, 0, 1)
    assert (tensors["f"] - expected).abs().max() < 1.01 * step


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "data",
    [
        constant("a", number(1, 1) + part(2, shape_proto(1 << 40)) + part(5, bytes(4))),
        constant("a", number(1, 1) + part(2, shape_proto(1 << 40)) + part(4, bytes(4))),
        constant("a", number(1, 1) + part(2, shape_proto(-1)) + part(4, bytes(4))),
        constant("a", number(1, 1) + part(2, shape_proto(2)) + part(5, bytes(12))),
        constant("a", number(1, 1) + part(2, shape_proto(2)) + part(5, b"")),
        constant("a", tensor_proto(BIAS)) * 2,
        constant("a", tensor_proto(BIAS))[:-3],
        node("a", "Identity", "b") + node("b", "Identity", "a") + node("c", "Conv2D", "x", "a"),
        node("only", "Placeholder"),
        constant("a", tensor_proto(BIAS)) + varint(1 << 3 | 2) + varint(1 << 40),
    ],
)
def test_damage_and_false_claims_are_a_sentence(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        read(tmp_path, data)
    assert caught.value.advice


def convolution(name: str, filters: str, values: torch.Tensor) -> bytes:
    hwio = values.permute(2, 3, 1, 0).numpy()
    return constant(filters, tensor_proto(hwio)) + node(name, "Conv2D", "input", filters)


def fsrcnn_graph(
    scale: int, width: int, shrunk: int, mappings: int
) -> tuple[bytes, list[torch.Tensor]]:
    """A graph as https://github.com/Saafke/FSRCNN_Tensorflow freezes it, and its numbers in turn."""
    generator = torch.Generator().manual_seed(5)
    sizes = [(width, 1, 5), (shrunk, width, 1), *[(shrunk, shrunk, 3)] * mappings, (width, shrunk, 1), (scale**2, width, 1)]  # fmt: skip
    data, used = b"", []
    for index, (out, into, side) in enumerate(sizes, 1):
        is_last = index == len(sizes)
        parts = [torch.randn(out, into, side, side, generator=generator) * 0.1]
        parts += [torch.randn(1 if is_last else out, generator=generator) * 0.1]
        data += convolution(f"conv{index}", f"f{index}", parts[0])
        data += constant(f"b{index}", tensor_proto(parts[1].numpy()))
        if not is_last:
            parts += [torch.rand(out, generator=generator)]
            data += constant(f"alpha{index}", tensor_proto(parts[2].numpy()))
        used.append(parts)
    return data, used


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(("model_id", "sizes"), [("fsrcnn", (56, 12, 4)), ("fsrcnn-s", (32, 5, 1))])
def test_an_fsrcnn_of_opencv_runs_as_it_does_there(
    model_id: str, sizes: tuple[int, int, int], scale: int, tmp_path: Path
) -> None:
    data, layers = fsrcnn_graph(scale, *sizes)
    path = tmp_path / f"FSRCNN_x{scale}.pb"
    path.write_bytes(data)
    store = WeightStore(tmp_path / "weights")
    entry = store.import_file(path)
    assert (entry.model_id, entry.scales) == (model_id, (scale,))
    picture = torch.rand(1, 1, 9, 7)
    expected = picture
    for weight, bias, alpha in layers[:-1]:
        expected = F.prelu(F.conv2d(expected, weight, bias, padding="same"), alpha)
    weight, bias = layers[-1]
    expected = F.pixel_shuffle(F.conv2d(expected, weight), scale) + bias
    network = store.load(all_models()[model_id], scale)
    with torch.inference_mode():
        torch.testing.assert_close(network(picture), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_an_espcn_of_opencv_runs_as_it_does_there(scale: int, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(6)
    sizes = [(64, 1, 5), (32, 64, 3), (scale**2, 32, 3)]
    weights = [torch.randn(o, i, s, s, generator=generator) * 0.1 for o, i, s in sizes]
    biases = [torch.randn(o, generator=generator) * 0.1 for o, _, _ in sizes]
    path = tmp_path / "ESPCN.pb"
    path.write_bytes(
        b"".join(
            convolution(f"conv{n}", f"f{n}", weight) + constant(f"b{n}", tensor_proto(bias.numpy()))
            for n, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1)
        )
    )
    store = WeightStore(tmp_path / "weights")
    entry = store.import_file(path)
    assert (entry.model_id, entry.scales) == ("espcn-relu", (scale,))
    picture = torch.rand(1, 1, 9, 7)
    expected = picture
    for weight, bias in zip(weights, biases, strict=True):
        is_last = weight is weights[-1]
        expected = F.conv2d(expected, weight, bias, padding="same")
        expected = F.pixel_shuffle(expected, scale).tanh() if is_last else expected.relu()
    network = store.load(all_models()["espcn-relu"], scale)
    with torch.inference_mode():
        torch.testing.assert_close(network(picture), expected, rtol=1e-4, atol=1e-5)
