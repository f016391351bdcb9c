"""Reads the weights of TensorFlow networks: a frozen GraphDef, usually a .pb."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.models._protobuf import BadMessage, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

# field numbers of graph.proto, node_def.proto, attr_value.proto, tensor.proto and
# tensor_shape.proto, https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/framework
_GRAPH_NODE = 1
_NODE_NAME, _NODE_OP, _NODE_INPUT, _NODE_ATTRIBUTE = 1, 2, 3, 5
_KEY, _VALUE = 1, 2  # of an entry of a map
_ATTRIBUTE_BYTES, _ATTRIBUTE_TENSOR = 2, 8
_TENSOR_DTYPE, _TENSOR_SHAPE, _TENSOR_CONTENT = 1, 2, 4
_SHAPE_DIM, _DIM_SIZE = 2, 1
# number of the type -> how its bytes are stored, and the field where it stands number by number
_DTYPES = {1: ("<f4", 5), 2: ("<f8", 6), 19: ("<f2", 13), 4: ("u1", 7), 12: ("u1", 7)}
_HALF_BITS = "<f2"
_MOST_REPEATED = 1 << 20  # numbers that one written number may stand for
# which operations turn their second input around, and how it becomes PyTorch's
_CONVOLUTIONS = frozenset(("Conv2D", "Conv2DBackpropInput"))
_PASSING_ON = frozenset(("Identity", "StopGradient", "Dequantize"))
_LONGEST_CHAIN = 8


def is_graph(data: memoryview) -> bool:
    """Whether `data` begins as a GraphDef does: with a node that has a name and an operation."""
    try:
        first = Message(data).parts(_GRAPH_NODE)[:1]
        return any(node.text(_NODE_NAME) and node.text(_NODE_OP) for node in map(Message, first))
    except BadMessage:
        return False


def read_graph(data: memoryview) -> dict[str, Tensor]:
    """Return the constants of floating-point numbers under the names of their nodes.

    Float32, in PyTorch's layouts: filters of convolutions (H, W, in, out) become (out, in, H, W);
    those of transposed ones (H, W, out, in) become (in, out, H, W); depthwise ones
    (H, W, in, times) become (in * times, 1, H, W); matrices are transposed. Single numbers, which
    are parts of formulas, are left out. Weights that were quantized to 8 bits come back as
    TensorFlow's Dequantize has them.

    Raises:
        BadMessage: it is no GraphDef, or a damaged one.
    """
    nodes: dict[str, Message] = {}
    for node in Message(data).messages(_GRAPH_NODE):
        name = node.text(_NODE_NAME)
        if name in nodes:
            raise BadMessage
        nodes[name] = node
    users = _users(nodes)
    tensors: dict[str, Tensor] = {}
    for name, node in nodes.items():
        values = _values(node, nodes)
        if values is not None and values.ndim:
            tensor = torch.from_numpy(np.array(values, np.float32))
            tensors[name] = _to_torch_layout(tensor, users.get(name, ""))
    return tensors


def _values(node: Message, nodes: Mapping[str, Message]) -> NDArray[np.generic] | None:
    """Return the floating-point numbers that a node stands for; None where it does not."""
    match node.text(_NODE_OP):
        case "Const":
            values = _constant(node)
            return values if values is not None and values.dtype != np.uint8 else None
        case "Dequantize":
            return _dequantized(node, nodes)
    return None


def _constant(node: Message) -> NDArray[np.generic] | None:
    tensor = _attribute(node, "value").message(_ATTRIBUTE_TENSOR)
    kind = _DTYPES.get(tensor.integer(_TENSOR_DTYPE))
    if kind is None:
        return None
    dtype, field = kind
    shape = [dim.integer(_DIM_SIZE) for dim in tensor.message(_TENSOR_SHAPE).messages(_SHAPE_DIM)]
    count = math.prod(shape)
    if any(side < 0 for side in shape):
        raise BadMessage
    content = tensor.parts(_TENSOR_CONTENT)
    if content:
        stored = content[-1]
        if len(stored) != count * np.dtype(dtype).itemsize:
            raise BadMessage
        return np.frombuffer(stored, dtype).reshape(shape)
    values: NDArray[np.generic]
    if dtype == _HALF_BITS:
        bits = np.array([value & 0xFFFF for value in tensor.integers(field)], "<u2")
        values = bits.view(dtype)
    elif dtype == "u1":
        values = np.array([value & 0xFF for value in tensor.integers(field)], np.uint8)
    else:
        values = tensor.floats(field, dtype)
    if values.size == count:
        return values.reshape(shape)
    # the last number stands for all that follow
    if not 0 < values.size < count <= _MOST_REPEATED:
        raise BadMessage
    return np.concatenate([values, np.repeat(values[-1:], count - values.size)]).reshape(shape)


def _dequantized(node: Message, nodes: Mapping[str, Message]) -> NDArray[np.float32] | None:
    """Undo quantize_weights of TensorFlow's graph transforms, which stores 8 bits a number.

    Mode MIN_FIRST: https://www.tensorflow.org/api_docs/python/tf/quantization/dequantize.
    """
    inputs = [nodes.get(name) for name in _inputs(node)]
    is_min_first = _attribute(node, "mode").text(_ATTRIBUTE_BYTES) == "MIN_FIRST"
    if len(inputs) != 3 or not is_min_first or not all(each is not None for each in inputs):
        return None
    stored, low, high = (_constant(each) if each is not None else None for each in inputs)
    if stored is None or low is None or high is None or stored.dtype != np.uint8:
        return None
    if low.size != 1 or high.size != 1:
        raise BadMessage
    lowest, highest = float(low.reshape(())), float(high.reshape(()))
    step = (highest - lowest) / 255
    if step > 0:
        lowest = round(lowest / step) * step
    return (stored.astype(np.float32) * np.float32(step) + np.float32(lowest)).astype(np.float32)


def _users(nodes: Mapping[str, Message]) -> dict[str, str]:
    """Return name of a constant -> the operation that takes it as its filter or matrix."""
    users: dict[str, str] = {}
    for node in nodes.values():
        operation = node.text(_NODE_OP)
        if operation not in (*_CONVOLUTIONS, "DepthwiseConv2dNative", "MatMul"):
            continue
        name = next(iter(_inputs(node)[1:2]), "")
        for _ in range(_LONGEST_CHAIN):
            users[name] = operation
            if name not in nodes or nodes[name].text(_NODE_OP) not in _PASSING_ON:
                break
            name = next(iter(_inputs(nodes[name])[:1]), "")
    return users


def _to_torch_layout(tensor: Tensor, operation: str) -> Tensor:
    if operation in _CONVOLUTIONS and tensor.ndim == 4:
        return tensor.permute(3, 2, 0, 1).contiguous()
    if operation == "DepthwiseConv2dNative" and tensor.ndim == 4:
        height, width = tensor.shape[:2]
        return tensor.permute(2, 3, 0, 1).reshape(-1, 1, height, width).contiguous()
    if operation == "MatMul" and tensor.ndim == 2:
        return tensor.T.contiguous()
    return tensor


def _inputs(node: Message) -> list[str]:
    """Return the nodes whose first output is taken; ^ marks those that only come before."""
    names = node.texts(_NODE_INPUT)
    return [name.removesuffix(":0") for name in names if not name.startswith("^")]


def _attribute(node: Message, key: str) -> Message:
    for entry in node.messages(_NODE_ATTRIBUTE):
        if entry.text(_KEY) == key:
            return entry.message(_VALUE)
    return Message(memoryview(b""))
