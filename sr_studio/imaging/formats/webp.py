"""WebP files: RIFF chunks by hand, pixels by libwebp.

Reference: RFC 9649, "WebP Image Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import imagecodecs
from PIL import Image

from sr_studio.imaging.formats._decoded import Decoded
from sr_studio.imaging.formats._source import COPY_AGAIN, TRUNCATED, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

MAX_SIDE = 16383


def read_webp(source: Source) -> Decoded:
    """Read lossy and lossless WebP; of an animation the first frame.

    Raises:
        UnreadableImage: truncated, too large.
        RuntimeError, ValueError: damaged.
    """
    data = source.read()
    if len(data) < 8 + int.from_bytes(data[4:8], "little"):
        raise source.refuse(TRUNCATED, advice=COPY_AGAIN)
    chunks: dict[bytes, bytes] = {}
    frames = 0
    for kind, content in _chunks(data):
        chunks.setdefault(kind, content)
        frames += kind == b"ANMF"
    size = _size(chunks)
    if size is None:
        raise source.refuse(TRUNCATED, advice=COPY_AGAIN)
    source.check_size(*size, bytes_per_pixel=4)
    samples: Pixels = imagecodecs.webp_decode(data)
    return Decoded(
        samples,
        "webp",
        has_alpha=samples.shape[2] == 4,
        icc=chunks.get(b"ICCP"),
        exif=chunks.get(b"EXIF"),
        xmp=chunks.get(b"XMP "),
        notes=(f"The first of {frames} frames was read.",) if frames > 1 else (),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _size(chunks: dict[bytes, bytes]) -> tuple[int, int] | None:
    """Return the canvas as declared by the extended, the lossless or the lossy header."""
    if len(head := chunks.get(b"VP8X", b"")) >= 10:
        return (
            int.from_bytes(head[4:7], "little") + 1,
            int.from_bytes(head[7:10], "little") + 1,
        )
    if len(head := chunks.get(b"VP8L", b"")) >= 5:
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(head := chunks.get(b"VP8 ", b"")) >= 10:
        width, height = head[6:8], head[8:10]
        return (
            int.from_bytes(width, "little") & 0x3FFF,
            int.from_bytes(height, "little") & 0x3FFF,
        )
    return None


def write_webp(
    path: Path, samples: Pixels, metadata: SavedMetadata, quality: int
) -> tuple[str, ...]:
    """Write (H, W, 3 or 4) uint8, quality 100 without loss; return warnings."""
    exif, warnings = metadata.exif_block(1 << 30)
    Image.fromarray(samples).save(
        path,
        "WEBP",
        lossless=quality == 100,
        # colours under full transparency are kept, as in the other formats
        exact=True,
        # effort for lossless, where 100 would take minutes a picture
        quality=50 if quality == 100 else quality,
        icc_profile=metadata.icc or b"",
        exif=exif,
        xmp=metadata.xmp or b"",
    )
    return warnings
