"""Writes the wire format of Protocol Buffers: what Caffe and TensorFlow would write."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def varint(value: int) -> bytes:
    """Return a number, seven bits a byte."""
    parts = []
    value &= (1 << 64) - 1
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def number(field: int, value: int) -> bytes:
    """Return a field that holds a number."""
    return varint(field << 3) + varint(value)


def part(field: int, content: bytes | str) -> bytes:
    """Return a field that holds bytes: a text, a message, packed numbers."""
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


# -- Caffe ------------------------------------------------------------------------------------------


def blob(values: ArrayLike, *, is_old: bool = False, is_packed: bool = True) -> bytes:
    """Return a BlobProto."""
    array = np.asarray(values, "<f4")
    if is_old:  # num, channels, height, width
        sides = (1,) * (4 - array.ndim) + array.shape
        shape = b"".join(number(field, side) for field, side in enumerate(sides, 1))
    else:
        shape = part(7, part(1, b"".join(map(varint, array.shape))))
    if is_packed:
        return shape + part(5, array.tobytes())
    return shape + b"".join(varint(5 << 3 | 5) + value.tobytes() for value in array.ravel())


def caffe_layer(name: str, *blobs: bytes, is_old: bool = False) -> bytes:
    """Return a layer of a NetParameter."""
    name_field, blob_field, layer_field = (4, 6, 2) if is_old else (1, 7, 100)
    return part(layer_field, part(name_field, name) + b"".join(part(blob_field, b) for b in blobs))


# -- TensorFlow -------------------------------------------------------------------------------------


def shape_proto(*sides: int) -> bytes:
    return b"".join(part(2, number(1, side)) for side in sides)


def tensor_proto(values: ArrayLike, dtype: int = 1, stored: str = "<f4") -> bytes:
    """Return a TensorProto whose numbers lie in one piece."""
    array = np.asarray(values, stored)
    return number(1, dtype) + part(2, shape_proto(*array.shape)) + part(4, array.tobytes())


def node(name: str, operation: str, *inputs: str, **attributes: bytes) -> bytes:
    """Return a node of a GraphDef."""
    content = part(1, name) + part(2, operation) + b"".join(part(3, each) for each in inputs)
    for key, value in attributes.items():
        content += part(5, part(1, key) + part(2, value))
    return part(1, content)


def constant(name: str, tensor: bytes) -> bytes:
    """Return a node of a GraphDef that holds a TensorProto."""
    return node(name, "Const", value=part(8, tensor))
