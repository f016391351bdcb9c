"""Reads the weights of Caffe networks: a .caffemodel, without its .prototxt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from sr_studio.models._protobuf import BadMessage, Message

if TYPE_CHECKING:
    from torch import Tensor

# field numbers of caffe.proto, https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto
_LAYER, _LAYER_NAME, _LAYER_BLOBS = 100, 1, 7
_OLD_LAYER, _OLD_LAYER_NAME, _OLD_LAYER_BLOBS = 2, 4, 6  # V1LayerParameter, before 2015
_BLOB_DATA, _BLOB_SHAPE, _BLOB_DOUBLE_DATA = 5, 7, 8
_SHAPE_DIM = 1
_OLD_SHAPE = (1, 2, 3, 4)  # num, channels, height, width
_BLOB_NAMES = {0: "weight", 1: "bias"}


def read_caffe(data: memoryview) -> dict[str, Tensor]:
    """Return the blobs of each layer: "conv1.weight", "conv1.bias", then "bn1.blob2", ...

    Float32, in Caffe's shapes, which are PyTorch's: (out, in, kH, kW) for a convolution,
    (in, out, kH, kW) for a deconvolution. Blobs of old files have four dimensions always; theirs of
    bias come as vectors, as newer ones do.

    Raises:
        BadMessage: it is no NetParameter, or a damaged one.
    """
    network = Message(data)
    layers = [
        (layer.text(_LAYER_NAME), layer.messages(_LAYER_BLOBS))
        for layer in network.messages(_LAYER)
    ]
    layers += [
        (layer.text(_OLD_LAYER_NAME), layer.messages(_OLD_LAYER_BLOBS))
        for layer in network.messages(_OLD_LAYER)
    ]
    tensors: dict[str, Tensor] = {}
    for name, blobs in layers:
        for number, blob in enumerate(blobs):
            key = f"{name}.{_BLOB_NAMES.get(number, f'blob{number}')}"
            if key in tensors:
                raise BadMessage
            tensors[key] = _tensor(blob, is_vector=number > 0)
    return tensors


def _tensor(blob: Message, *, is_vector: bool) -> Tensor:
    if _BLOB_SHAPE in blob:
        shape = blob.message(_BLOB_SHAPE).integers(_SHAPE_DIM)
    else:
        shape = [blob.integer(number) for number in _OLD_SHAPE]
        if is_vector:
            shape = [math.prod(shape)]
    values = blob.floats(_BLOB_DATA)
    if not values.size:
        values = blob.floats(_BLOB_DOUBLE_DATA, "<f8")
    if any(side < 0 for side in shape) or math.prod(shape) != values.size:
        raise BadMessage
    return torch.from_numpy(values).view(shape)
