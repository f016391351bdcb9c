"""Reads the wire format of Protocol Buffers, in which Caffe and TensorFlow keep their networks.

https://protobuf.dev/programming-guides/encoding/. A message is read one level at a time: whoever
knows its definition goes down by name, so that no file decides how deep that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_BYTES = {_FIXED64: 8, _FIXED32: 4}
_MOST_VARINT_BYTES = 10


class BadMessage(ValueError):
    """The bytes are no message, or a damaged one."""


class Message:
    """The fields of one message.

    Args:
        data: of the message alone; it is read, never copied.

    Raises:
        BadMessage: it is cut short, or no message.
    """

    def __init__(self, data: memoryview) -> None:
        self._fields: dict[int, list[int | memoryview]] = {}
        for number, value in _split(data):
            self._fields.setdefault(number, []).append(value)

    def __contains__(self, number: int) -> bool:
        return number in self._fields

    def parts(self, number: int) -> list[memoryview]:
        """Return the values of a field that are bytes: texts, messages, packed numbers."""
        return [each for each in self._fields.get(number, ()) if isinstance(each, memoryview)]

    def messages(self, number: int) -> list[Message]:
        return [Message(part) for part in self.parts(number)]

    def message(self, number: int) -> Message:
        """Return the last message of that field, as Protocol Buffers say; empty if none."""
        parts = self.parts(number)
        return Message(parts[-1] if parts else memoryview(b""))

    def text(self, number: int) -> str:
        """Return the last text of that field; empty if none."""
        parts = self.parts(number)
        try:
            return bytes(parts[-1]).decode("utf-8") if parts else ""
        except UnicodeDecodeError:
            raise BadMessage from None

    def texts(self, number: int) -> list[str]:
        return [bytes(part).decode("utf-8", "replace") for part in self.parts(number)]

    def integers(self, number: int) -> list[int]:
        """Return the integers of that field, packed or one by one, as signed 64-bit ones."""
        found: list[int] = []
        for value in self._fields.get(number, ()):
            if isinstance(value, int):
                found.append(value)
                continue
            position = 0
            while position < len(value):
                each, position = _varint(value, position)
                found.append(each)
        return [value - (1 << 64) if value >> 63 else value for value in found]

    def integer(self, number: int, default: int = 0) -> int:
        return next(reversed(self.integers(number)), default)

    def floats(self, number: int, dtype: str = "<f4") -> NDArray[np.float32]:
        """Return the numbers of that field, packed or one by one, as float32."""
        joined = b"".join(self.parts(number))
        if len(joined) % np.dtype(dtype).itemsize:
            raise BadMessage
        return np.frombuffer(joined, dtype).astype(np.float32)


def _split(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise BadMessage
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if kind == _BYTES:
            length, position = _varint(data, position)
        elif kind in _FIXED_BYTES:
            length = _FIXED_BYTES[kind]
        else:  # groups, which neither Caffe nor TensorFlow uses
            raise BadMessage
        if length > len(data) - position:
            raise BadMessage
        yield number, data[position : position + length]
        position += length


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    """Return the number at `position` and where the next begins."""
    value = 0
    for shift in range(_MOST_VARINT_BYTES):
        if position >= len(data):
            raise BadMessage
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & (1 << 64) - 1, position
    raise BadMessage
