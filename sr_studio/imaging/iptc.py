"""IPTC records and the Photoshop resources that carry them.

Reference: IPTC-NAA Information Interchange Model, version 4.2; Adobe Photoshop file formats,
"Image resource blocks".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_IPTC_RESOURCE = 0x0404
_RESOURCE_MARK = b"8BIM"
# content location code and name, city, sublocation, state, country code, country
_PLACE_DATASETS: Final = frozenset({26, 27, 90, 92, 95, 100, 101})


def iptc_from_resources(resources: bytes) -> bytes | None:
    """Return the IPTC records among Photoshop resources, or None."""
    at = 0
    while resources[at : at + 4] == _RESOURCE_MARK and at + 8 <= len(resources):
        code = int.from_bytes(resources[at + 4 : at + 6], "big")
        name_bytes = 1 + resources[at + 6]
        at += 6 + name_bytes + name_bytes % 2
        length = int.from_bytes(resources[at : at + 4], "big")
        at += 4
        if code == _IPTC_RESOURCE:
            return resources[at : at + length] or None
        at += length + length % 2
    return None


def resources_from_iptc(records: bytes) -> bytes:
    """Return Photoshop resources that hold only the IPTC records."""
    head = _RESOURCE_MARK + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(records))
    return head + records + bytes(len(records) % 2)


def without_place(records: bytes) -> bytes:
    """Return the records without those that name a place.

    Raises:
        ValueError: the records are damaged.
    """
    kept = (
        whole
        for record, dataset, whole in _datasets(records)
        if not (record == 2 and dataset in _PLACE_DATASETS)
    )
    return b"".join(kept)


def check_iptc(records: bytes) -> bytes:
    """Return the records without the padding behind them.

    Raises:
        ValueError: the records are damaged.
    """
    return b"".join(whole for _, _, whole in _datasets(records))


def _datasets(records: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (record, dataset, all of its bytes)."""
    at = 0
    while at < len(records) and records[at] == 0x1C:
        if at + 5 > len(records):
            raise ValueError("the IPTC records are cut off")
        record, dataset, length = struct.unpack_from(">2BH", records, at + 1)
        start = at + 5
        if length & 0x8000:  # an extended dataset states how long its length is
            length_bytes = length & 0x7FFF
            length = int.from_bytes(records[start : start + length_bytes], "big")
            start += length_bytes
        end = start + length
        if end > len(records):
            raise ValueError("the IPTC records are cut off")
        yield record, dataset, records[at:end]
        at = end
    if records[at:].strip(b"\x00"):
        raise ValueError(f"not an IPTC record at byte {at}")
