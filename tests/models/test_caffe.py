from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sr_studio.errors import WeightsError
from sr_studio.models._weight_files import read_tensors
from tests.helpers.protobuf import blob, caffe_layer, number, part, varint

RANDOM = np.random.default_rng(3)
FILTER = RANDOM.standard_normal((4, 3, 3, 5)).astype(np.float32)
BIAS = RANDOM.standard_normal(4).astype(np.float32)


def read(tmp_path: Path, data: bytes) -> dict[str, torch.Tensor]:
    path = tmp_path / "net.caffemodel"
    path.write_bytes(data)
    return read_tensors(path)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("is_packed", [False, True])
def test_blobs_are_weight_and_bias_of_their_layer(
    is_old: bool, is_packed: bool, tmp_path: Path
) -> None:
    blobs = (blob(values, is_old=is_old, is_packed=is_packed) for values in (FILTER, BIAS))
    data = (
        part(1, "net")
        + caffe_layer("data", is_old=is_old)
        + caffe_layer("conv1", *blobs, is_old=is_old)
        + caffe_layer("prelu", blob(BIAS), is_old=is_old)
    )
    tensors = read(tmp_path, data)
    assert list(tensors) == ["conv1.weight", "conv1.bias", "prelu.weight"]
    assert torch.equal(tensors["conv1.weight"], torch.from_numpy(FILTER))
    assert torch.equal(tensors["conv1.bias"], torch.from_numpy(BIAS))


def test_a_network_without_a_name_and_more_blobs_are_read(tmp_path: Path) -> None:
    tensors = read(tmp_path, caffe_layer("bn", blob(BIAS), blob(BIAS), blob([1.0])))
    assert list(tensors) == ["bn.weight", "bn.bias", "bn.blob2"]


def test_numbers_of_double_precision_are_read(tmp_path: Path) -> None:
    shape = part(7, part(1, varint(4)))
    data = caffe_layer("conv", shape + part(8, BIAS.astype("<f8").tobytes()))
    assert torch.equal(read(tmp_path, data)["conv.weight"], torch.from_numpy(BIAS))


def test_a_published_network_is_read(shared_data: Path) -> None:
    folder = shared_data / "weights" / "idn_zheng222_caffe"
    shapes = {}
    for scale in (2, 3, 4):
        tensors = read_tensors(folder / f"IDN_x{scale}.caffemodel")
        assert all(tensor.dtype == torch.float32 for tensor in tensors.values())
        assert all(tensor.isfinite().all() for tensor in tensors.values())
        shapes[scale] = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    assert shapes[2]["conv3_2.weight"] == (32, 12, 3, 3), "four groups of 48 channels"
    assert shapes[2]["upsample.weight"][:2] == (64, 1), "(in, out) of a deconvolution"
    assert shapes[2]["upsample.bias"] == (1,)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "data",
    [
        caffe_layer("a", part(7, part(1, varint(1 << 40))) + part(5, BIAS.tobytes())),
        caffe_layer("a", part(7, part(1, varint(-4))) + part(5, BIAS.tobytes())),
        caffe_layer("a", part(7, part(1, varint(4))) + part(5, BIAS.tobytes()[:-1])),
        caffe_layer("a", number(1, 1 << 40) + number(2, 1 << 40) + part(5, BIAS.tobytes())),
        caffe_layer("a", blob(BIAS)) * 2,
        part(1, "net") + varint(100 << 3 | 2) + varint(1 << 40) + b"x",
        part(1, "net") + varint(100 << 3 | 3) + b"\x00" * 40,
        part(1, "net") + b"\xff" * 40,
        part(1, "net") + b"\x00" * 40,
        part(100, part(1, b"\xff\xfe") + part(7, blob(BIAS))),
        part(1, "a network without layers"),
        b"\x0a",
    ],
)
def test_damage_and_false_claims_are_a_sentence(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        read(tmp_path, data)
    assert caught.value.advice


def test_damage_anywhere_is_a_sentence_or_other_numbers(tmp_path: Path) -> None:
    data = part(1, "net") + caffe_layer("conv1", blob(FILTER), blob(BIAS))
    for position in RANDOM.integers(1, len(data), 200):
        for content in (data[:position], data[:position] + b"\xff" + data[position + 1 :]):
            try:
                assert read(tmp_path, content)
            except WeightsError as error:
                assert error.advice  # noqa: PT017  most damage is refused, some hits numbers
