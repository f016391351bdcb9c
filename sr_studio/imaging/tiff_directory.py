"""Directories of tags as TIFF and EXIF write them, read and laid out byte by byte.

Pillow and tifffile turn values into Python objects and back, which loses what they do not know.
Here values stay bytes in the file's own byte order.

Reference: TIFF 6.0 (Adobe, 1992), section 2; BigTIFF as libtiff writes it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

ByteOrder: TypeAlias = Literal["<", ">"]

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
_TYPE_BYTES: Final = {
    **dict.fromkeys((1, 2, 6, 7, 129), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
_INTEGER_CODES: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MAX_ENTRIES = 2000
_MAX_VALUE_BYTES = 16 << 20  # Photoshop's layers take hundreds of MB: nothing that is carried on


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag's value.

    Attributes:
        kind: TIFF's number of the type: 2 is text, 3 a short.
        value: the bytes in the file's order.
        offset: where the value stood; None for a new one.
    """

    kind: int
    value: bytes
    offset: int | None = None

    @property
    def count(self) -> int:
        return len(self.value) // _TYPE_BYTES[self.kind]

    def integers(self, order: ByteOrder) -> tuple[int, ...]:
        """Return the values of an integer tag; empty for other types."""
        code = _INTEGER_CODES.get(self.kind)
        return struct.unpack(f"{order}{self.count}{code}", self.value) if code else ()

    def integer(self, order: ByteOrder) -> int | None:
        """Return the first value of an integer tag, or None."""
        values = self.integers(order)
        return values[0] if values else None


Directory: TypeAlias = "dict[int, Tag]"


def text_tag(text: str) -> Tag:
    return Tag(ASCII, text.encode() + b"\x00")


def short_tag(value: int, order: ByteOrder) -> Tag:
    return Tag(SHORT, struct.pack(f"{order}H", value))


def long_tag(value: int, order: ByteOrder) -> Tag:
    return Tag(LONG, struct.pack(f"{order}I", value))


def rational_tag(value: float, order: ByteOrder) -> Tag:
    """Return a resolution to 1/10000."""
    top, bottom = (int(value), 1) if value == int(value) else (round(value * 10000), 10000)
    return Tag(RATIONAL, struct.pack(f"{order}2I", top, bottom))


class DirectoryReader:
    """Reads directories from a TIFF file or an EXIF block.

    Args:
        read_at: (offset, length) -> bytes, fewer at the end of the file.

    Raises:
        ValueError: the header is none of TIFF's.
    """

    def __init__(self, read_at: Callable[[int, int], bytes]) -> None:
        self._read_at = read_at
        head = read_at(0, 16)
        orders: dict[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}
        if head[:2] not in orders or len(head) < 8:
            raise ValueError(f"a TIFF block starts with II or MM, not {head[:2]!r}")
        self.order: ByteOrder = orders[head[:2]]
        magic = self._number(head, 2, "H")
        if magic not in (42, 43):
            raise ValueError(f"a TIFF block has the number 42 or 43, not {magic}")
        self.is_big = magic == 43
        self.first = self._number(head, 8, "Q") if self.is_big else self._number(head, 4, "I")
        self.damaged_tags = 0

    def read(self, offset: int) -> Directory:
        """Return the directory at `offset`.

        Tags whose values lie outside of the file or have an unknown type are left out and
        counted in `damaged_tags`; enormous and empty values are left out.

        Raises:
            ValueError: there is no directory at `offset`.
        """
        count_code, offset_code = ("Q", "Q") if self.is_big else ("H", "I")
        count_bytes, offset_bytes = struct.calcsize(count_code), struct.calcsize(offset_code)
        entry_bytes = 4 + 2 * offset_bytes
        head = self._read_at(offset, count_bytes) if offset else b""
        count = self._number(head, 0, count_code) if len(head) == count_bytes else 0
        if not 0 < count <= _MAX_ENTRIES:
            raise ValueError(f"no directory of tags at {offset}")
        table = self._read_at(offset + count_bytes, count * entry_bytes)
        if len(table) < count * entry_bytes:
            raise ValueError(f"the directory of tags at {offset} is cut off")
        found: Directory = {}
        for at in range(0, count * entry_bytes, entry_bytes):
            code, kind = struct.unpack_from(f"{self.order}2H", table, at)
            length = _TYPE_BYTES.get(kind, 0) * self._number(table, at + 4, offset_code)
            if length > _MAX_VALUE_BYTES:
                continue
            inline = at + 4 + offset_bytes
            if length <= offset_bytes:
                value, place = table[inline : inline + length], offset + count_bytes + inline
            else:
                place = self._number(table, inline, offset_code)
                value = self._read_at(place, length)
            if kind not in _TYPE_BYTES or len(value) < length:
                self.damaged_tags += 1
            elif value:
                found[code] = Tag(kind, value, place)
        return found

    def _number(self, data: bytes, at: int, code: str) -> int:
        value: int = struct.unpack_from(self.order + code, data, at)[0]
        return value


class DirectoryWriter:
    """Lays directories out one behind the other.

    Args:
        order: the byte order that all values already have.
        start: the offset of the first byte to lay out.
        is_big: BigTIFF's wide directories.
        keep_free: (start, end) that nothing else may cover.
    """

    def __init__(
        self,
        order: ByteOrder,
        *,
        start: int,
        is_big: bool = False,
        keep_free: tuple[int, int] = (0, 0),
    ) -> None:
        self._order = order
        self._start = start
        self._cursor = start
        self._count_code, self._offset_code = ("Q", "Q") if is_big else ("H", "I")
        self._offset_bytes = struct.calcsize(self._offset_code)
        self._keep_free = keep_free
        self._pieces: dict[int, bytes] = {}

    def reserve(self, count: int) -> int:
        """Return the offset of a directory of `count` tags that is added later."""
        return self._place(bytes(self._directory_bytes(count)))

    def add(self, tags: Directory, *, at: int | None = None) -> int:
        """Lay out a directory with its values, `at` a reserved offset; return its offset.

        A tag whose old `offset` is where `keep_free` starts goes there.
        """
        table = [struct.pack(self._order + self._count_code, len(tags))]
        for code in sorted(tags):
            tag = tags[code]
            value = tag.value
            if len(value) > self._offset_bytes:
                is_pinned = self._keep_free[1] > 0 and tag.offset == self._keep_free[0]
                value = struct.pack(
                    self._order + self._offset_code,
                    self._place(tag.value, at=self._keep_free[0] if is_pinned else None),
                )
            entry = struct.pack(f"{self._order}2H{self._offset_code}", code, tag.kind, tag.count)
            table.append(entry + value.ljust(self._offset_bytes, b"\x00"))
        return self._place(b"".join(table) + bytes(self._offset_bytes), at)

    def _directory_bytes(self, count: int) -> int:
        number_bytes = struct.calcsize(self._count_code)
        return number_bytes + count * (4 + 2 * self._offset_bytes) + self._offset_bytes

    def finish(self) -> bytes:
        """Return the bytes from `start` on."""
        end = max(at + len(piece) for at, piece in self._pieces.items())
        block = bytearray(end - self._start)
        for at, piece in self._pieces.items():
            block[at - self._start : at - self._start + len(piece)] = piece
        return bytes(block)

    def _place(self, piece: bytes, at: int | None = None) -> int:
        if at is None:
            start, end = self._keep_free
            if self._cursor < end and self._cursor + len(piece) > start:
                self._cursor = end + end % 2
            at = self._cursor
            self._cursor += len(piece) + len(piece) % 2  # TIFF wants even offsets
        self._pieces[at] = piece
        return at
