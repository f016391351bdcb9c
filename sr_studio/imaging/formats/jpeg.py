"""JPEG files: segments by hand, pixels by libjpeg-turbo.

Reference: ITU-T T.81 (markers), JFIF 1.02, ICC.1 annex B.4 (profiles in APP2).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import imagecodecs
import numpy as np

from sr_studio.imaging.formats._decoded import Decoded, widen
from sr_studio.imaging.formats._source import COPY_AGAIN, TRUNCATED, Source
from sr_studio.imaging.iptc import iptc_from_resources, resources_from_iptc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

MAX_SIDE = 65500  # libjpeg's own limit; the format's is 65535
_MAX_PAYLOAD = 65533
_EXIF = b"Exif\x00\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\x00"
_ICC = b"ICC_PROFILE\x00"
_PHOTOSHOP = b"Photoshop 3.0\x00"
_EOI = b"\xff\xd9"
# In coded data FF 00 is a value, FF D0..D7 restarts the decoder, FF FF pads: all else ends it
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_OPTIMISE_BELOW_PX = 64_000_000  # optimal Huffman tables keep all coefficients: 6 bytes a pixel


@dataclass(slots=True)
class _Header:
    width: int = 0
    height: int = 0
    bits: int = 8
    channels: int = 0
    is_progressive: bool = False
    is_complete: bool = False
    is_adobe: bool = False
    dpi: tuple[float, float] | None = None
    exif: bytes = b""
    xmp: bytes | None = None
    has_more_xmp: bool = False
    resources: bytes = b""
    icc_parts: dict[int, bytes] = field(default_factory=dict)
    icc_count: int = 0

    @property
    def icc(self) -> bytes | None:
        """The profile from its numbered parts; a part that is missing makes it damaged."""
        parts = [self.icc_parts.get(number, b"") for number in range(1, self.icc_count + 1)]
        return b"".join(parts) if parts else None


def read_jpeg(source: Source) -> Decoded:
    """Read baseline, progressive, lossless and 12-bit JPEG; gray, RGB, CMYK.

    Raises:
        UnreadableImage: truncated, too large.
        RuntimeError, ValueError: damaged.
    """
    data = source.read()
    header = _read_header(data)
    if not header.channels:
        raise source.refuse(TRUNCATED, advice=COPY_AGAIN)
    sample_bytes = 1 if header.bits <= 8 else 2
    source.check_size(header.width, header.height, bytes_per_pixel=header.channels * sample_bytes)
    samples = _decode(source, data, header)
    notes = []
    if header.has_more_xmp:
        notes.append("The second part of its XMP data (depth or motion) was left out.")
    is_cmyk = header.channels == 4
    if is_cmyk and header.is_adobe:  # Adobe stores 255 for no ink
        np.subtract((1 << header.bits) - 1, samples, out=samples)
    return Decoded(
        widen(samples, header.bits),
        "jpeg",
        ink="cmyk" if is_cmyk else "gray" if header.channels == 1 else "rgb",
        icc=header.icc,
        exif=header.exif or None,
        xmp=header.xmp,
        iptc=iptc_from_resources(header.resources),
        dpi=header.dpi,
        notes=tuple(notes),
    )


def _decode(source: Source, data: bytes, header: _Header) -> Pixels:
    """Decode; libjpeg fills what is missing with gray and says nothing, so that we look first."""
    if header.is_complete:
        samples: Pixels = imagecodecs.jpeg8_decode(data)
        return samples
    # Some old programs forget the end marker. Then nothing is missing if further coded data
    # would change nothing. Not so in a progressive file, where the gray may be a blur, and after
    # zeros, which a card that failed leaves and which are valid codes.
    padded = imagecodecs.jpeg8_decode(data + _EOI)
    if (
        header.is_progressive
        or data.endswith(bytes(16))
        or not np.array_equal(
            padded, imagecodecs.jpeg8_decode(data + bytes(range(1, 255)) * 64 + _EOI)
        )
    ):
        raise source.refuse(TRUNCATED, advice=COPY_AGAIN)
    return padded


def _read_header(data: bytes) -> _Header:
    header = _Header()
    for marker, payload in _segments(data):
        if marker == 0xD9:
            header.is_complete = True
        elif marker in _FRAME_MARKERS and len(payload) >= 6 and not header.channels:
            header.bits, header.height, header.width, header.channels = struct.unpack_from(
                ">BHHB", payload
            )
            header.is_progressive = marker in (0xC2, 0xC6, 0xCA, 0xCE)
        elif marker == 0xE0 and payload[:5] == b"JFIF\x00" and len(payload) >= 12:
            unit, x, y = struct.unpack_from(">BHH", payload, 7)
            factor = {1: 1.0, 2: 2.54}.get(unit)
            if factor and x and y:
                header.dpi = (x * factor, y * factor)
        elif marker == 0xE1 and payload.startswith(_EXIF):
            header.exif += payload[len(_EXIF) :]  # over 64 KiB it goes on in the next segment
        elif marker == 0xE1 and payload.startswith(_XMP):
            header.xmp = payload[len(_XMP) :]
        elif marker == 0xE1 and payload.startswith(_MORE_XMP):
            header.has_more_xmp = True
        elif marker == 0xE2 and payload.startswith(_ICC) and len(payload) > 14:
            header.icc_parts[payload[12]] = payload[14:]
            header.icc_count = payload[13]
        elif marker == 0xED and payload.startswith(_PHOTOSHOP):
            header.resources += payload[len(_PHOTOSHOP) :]
        elif marker == 0xEE and payload.startswith(b"Adobe"):
            header.is_adobe = True
    return header


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, payload) up to the end marker; coded data is jumped over."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        at += 1 if marker == 0xFF else 2
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            continue
        if marker == 0xD9:
            yield marker, b""
            return
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            return
        yield marker, data[at + 2 : at + length]
        at += length
        if marker == 0xDA:
            end = _END_OF_SCAN.search(data, at)
            if end is None:
                return
            at = end.start()


def write_jpeg(
    path: Path, samples: Pixels, metadata: SavedMetadata, quality: int
) -> tuple[str, ...]:
    """Write (H, W, 1 or 3) uint8; return warnings."""
    height, width = samples.shape[:2]
    exif, exif_warnings = metadata.exif_block(_MAX_PAYLOAD - len(_EXIF))
    xmp, xmp_warnings = metadata.xmp_packet(_MAX_PAYLOAD - len(_XMP))
    stream = imagecodecs.jpeg8_encode(
        samples[..., 0] if samples.shape[2] == 1 else samples,
        level=quality,
        subsampling="444" if quality >= 92 else "420",
        optimize=height * width < _OPTIMISE_BELOW_PX,
    )
    start = 4 + int.from_bytes(stream[4:6], "big")  # behind the encoder's own JFIF segment
    with path.open("wb") as file:
        file.write(b"\xff\xd8" + _jfif_segment(metadata.dpi))
        if exif:
            file.write(_segment(0xE1, _EXIF + exif))
        if xmp:
            file.write(_segment(0xE1, _XMP + xmp))
        if metadata.iptc:
            resources = resources_from_iptc(metadata.iptc)
            step = _MAX_PAYLOAD - len(_PHOTOSHOP)
            for at in range(0, len(resources), step):
                file.write(_segment(0xED, _PHOTOSHOP + resources[at : at + step]))
        if metadata.icc:
            step = _MAX_PAYLOAD - 14
            parts = [metadata.icc[at : at + step] for at in range(0, len(metadata.icc), step)]
            for number, part in enumerate(parts, 1):
                file.write(_segment(0xE2, _ICC + bytes((number, len(parts))) + part))
        file.write(memoryview(stream)[start:])
    return exif_warnings + xmp_warnings


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">2BH", 0xFF, marker, len(payload) + 2) + payload


def _jfif_segment(dpi: tuple[float, float] | None) -> bytes:
    x, y = (min(65535, max(1, round(value))) for value in dpi) if dpi else (1, 1)
    return _segment(0xE0, b"JFIF\x00" + struct.pack(">2B B 2H 2B", 1, 2, bool(dpi), x, y, 0, 0))
