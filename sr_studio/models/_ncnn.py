"""Reads the weights of ncnn networks: a .param of words beside a .bin of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

_MAGIC = "7767517"
_FLAG_FP32, _FLAG_FP32_TAGGED, _FLAG_FP16 = 0, 0x0002C056, 0x01306B47
_DEPTH_TO_SPACE_ORDER = 1
_WITHOUT_WEIGHTS = frozenset(
    (
        *("Input", "Split", "Concat", "Interp", "BinaryOp", "Eltwise", "PixelShuffle", "ReLU"),
        *("Pooling", "Dropout", "Softmax"),
    )
)


def is_ncnn(path: Path) -> bool:
    """Whether `path` is the .param of an ncnn network, by content."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC) + 1).rstrip() == _MAGIC.encode()


def ncnn_beside(binary: Path) -> Path | None:
    """Return the .param whose numbers `binary` holds; None where it is no such file."""
    param = binary.with_suffix(".param")
    is_half = binary.suffix == ".bin" and param.is_file() and is_ncnn(param)
    return param if is_half else None


def read_ncnn(param: Path) -> dict[str, Tensor]:
    """Return the weights in the order of the layers: "Conv_0.weight", "Conv_0.bias", ...

    Float32, in PyTorch's layouts; the .bin is found beside the .param. The file format is that of
    https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure.

    Raises:
        WeightsError: the .bin is missing, too short, too long, or a layer is not known here.
    """
    binary = param.with_suffix(".bin")
    if not binary.is_file():
        raise WeightsError(
            f"{binary.name} is missing beside {param.name}.",
            advice="Keep both files of an ncnn network in one folder.",
        )
    reader = _BinReader(param.name, binary.read_bytes())
    tensors: dict[str, Tensor] = {}
    for layer in _parse(param):
        tensors |= _layer_tensors(layer, reader)
    if reader.position != len(reader.data):
        raise _damaged(param.name)
    return tensors


@dataclass(frozen=True, slots=True)
class _Layer:
    """One line of a .param: its kind, its name, and numbered settings."""

    kind: str
    name: str
    settings: dict[int, int]

    def get(self, key: int, default: int = 0) -> int:
        return self.settings.get(key, default)


@dataclass(slots=True)
class _BinReader:
    """Walks through a .bin; every blob starts at a multiple of four bytes."""

    name: str
    data: bytes
    position: int = 0

    def numbers(self, count: int, kind: str = "<f4") -> Tensor:
        """Read `count` numbers of `kind` as float32."""
        dtype = np.dtype(kind)
        end = self.position + count * dtype.itemsize
        if count < 0 or end > len(self.data):
            raise _damaged(self.name)
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position = -(-end // 4) * 4
        return torch.from_numpy(values.astype(np.float32))

    def tagged(self, count: int) -> Tensor:
        """Read `count` numbers behind the word that says how they are stored."""
        if self.position + 4 > len(self.data):
            raise _damaged(self.name)
        flag = int.from_bytes(self.data[self.position : self.position + 4], "little")
        self.position += 4
        if flag == _FLAG_FP16:
            return self.numbers(count, "<f2")
        if flag in (_FLAG_FP32, _FLAG_FP32_TAGGED):
            return self.numbers(count)
        raise WeightsError(
            f"{self.name} stores its weights in a way that is not supported (0x{flag:08x}).",
            advice="Use the fp32 or fp16 file of this network.",
        )


def _parse(param: Path) -> list[_Layer]:
    layers = []
    try:
        for line in param.read_text("utf-8").splitlines()[2:]:
            kind, name, inputs, outputs, *rest = line.split()
            pairs = (word.split("=") for word in rest[int(inputs) + int(outputs) :])
            # keys below -23300 hold lists (activation parameters), which no weight depends on
            settings = {int(key): int(float(value)) for key, value in pairs if int(key) >= 0}
            layers.append(_Layer(kind, name, settings))
    except ValueError:
        raise _damaged(param.name) from None
    return layers


def _layer_tensors(layer: _Layer, reader: _BinReader) -> dict[str, Tensor]:
    """Read one layer's tensors; numbers of the keys as in ncnn's operator list."""
    if layer.kind == "PReLU":
        return {f"{layer.name}.weight": reader.numbers(layer.get(0))}
    if layer.kind in ("Convolution", "Deconvolution"):
        out_channels, width = layer.get(0), layer.get(1)
        height = layer.get(11, width)
        weight = reader.tagged(layer.get(6))
        try:
            weight = weight.view(out_channels, -1, height, width)
        except RuntimeError:
            raise _damaged(reader.name) from None
        if layer.kind == "Deconvolution":
            weight = weight.transpose(0, 1).contiguous()  # PyTorch: (in, out, kH, kW)
        tensors = {f"{layer.name}.weight": weight}
        if layer.get(5):
            tensors[f"{layer.name}.bias"] = reader.numbers(out_channels)
        return tensors
    if layer.kind not in _WITHOUT_WEIGHTS or (
        layer.kind == "PixelShuffle" and layer.get(1) == _DEPTH_TO_SPACE_ORDER
    ):
        raise WeightsError(
            f"{reader.name} has a layer that is not supported: {layer.kind} {layer.name}.",
            advice="Choose a network that is listed by: sr-studio models",
        )
    return {}


def _damaged(name: str) -> WeightsError:
    return WeightsError(
        f"{name} and its .bin do not fit together: a file is damaged.",
        advice="Install or copy both files again.",
    )
