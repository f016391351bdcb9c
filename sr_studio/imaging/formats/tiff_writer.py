"""Writes TIFF files as Photoshop and Lightroom read them: strips, deflate with predictor.

By hand, because tifffile refuses to write the camera's directory and cannot be given a picture
strip by strip.

Reference: TIFF 6.0 (Adobe, 1992); Adobe Photoshop TIFF Technical Notes (2002, deflate);
TIFF Technical Note 3 (2005, floating point predictor).
"""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import imagecodecs
import numpy as np

from sr_studio.imaging.exif import ICC_PROFILE, IPTC, XMP, YCBCR_POSITIONING, Exif
from sr_studio.imaging.tiff_directory import (
    BYTE,
    LONG,
    LONG8,
    SHORT,
    UNDEFINED,
    ByteOrder,
    Directory,
    DirectoryWriter,
    Tag,
    long_tag,
    short_tag,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

_STRIP_BYTES = 1 << 20
_STRIPS_AT_ONCE = 8
_CLASSIC_LIMIT_BYTES = (1 << 32) - (1 << 26)  # 4 GiB, less what metadata and noise may add
_LEVEL = 6
_DEFLATE, _MIN_IS_BLACK, _RGB, _UNASSOCIATED_ALPHA, _FLOATS = 8, 1, 2, 2, 3
_HORIZONTAL_PREDICTOR, _FLOAT_PREDICTOR = 2, 3
_MAGIC: Final = {(False, "<"): b"II*\0", (False, ">"): b"MM\0*"} | {
    (True, "<"): b"II+\0\x08\0\0\0",
    (True, ">"): b"MM\0+\0\x08\0\0",
}


def write_tiff(
    path: Path, pixels: Pixels, alpha: Pixels | None, metadata: SavedMetadata
) -> tuple[str, ...]:
    """Write (H, W, 1 or 3), uint8, uint16 or float32, strip by strip; return warnings."""
    height, width, colours = pixels.shape
    row_bytes = width * (colours + (alpha is not None)) * pixels.dtype.itemsize
    exif = metadata.exif or Exif()
    # the maker's note is in the camera's byte order, which only the whole file can state
    order = exif.order
    is_big = height * row_bytes > _CLASSIC_LIMIT_BYTES
    rows = min(height, max(1, _STRIP_BYTES // row_bytes))
    offset_code = "Q" if is_big else "I"
    magic = _MAGIC[is_big, order]
    strips = _Strips(pixels, alpha, rows, order)
    with path.open("wb") as file:
        file.write(magic + bytes(struct.calcsize(offset_code)))
        offsets, counts = _write_strips(file, strips)
        start = file.tell()
        tags = _picture_tags(strips) | _metadata_tags(metadata, exif)
        offset_kind = LONG8 if is_big else LONG
        tags[0x111] = Tag(offset_kind, struct.pack(f"{order}{len(offsets)}{offset_code}", *offsets))
        tags[0x117] = Tag(LONG, struct.pack(f"{order}{len(counts)}I", *counts))
        writer = DirectoryWriter(order, start=start, is_big=is_big)
        first = writer.add(tags | exif.add_sub_directories(writer))
        file.write(writer.finish())
        file.seek(len(magic))
        file.write(struct.pack(order + offset_code, first))
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class _Strips:
    """A picture cut into strips of `rows` rows, each encoded when asked for."""

    pixels: Pixels
    alpha: Pixels | None
    rows: int
    order: ByteOrder

    def __len__(self) -> int:
        return -(-len(self.pixels) // self.rows)

    def encode(self, number: int) -> bytes | bytearray:
        """Return one strip: alpha interleaved, neighbours subtracted, deflated."""
        span = slice(number * self.rows, (number + 1) * self.rows)
        strip = self.pixels[span]
        if self.alpha is not None:
            strip = np.concatenate([strip, self.alpha[span, :, None]], axis=2)
        strip = np.ascontiguousarray(strip)
        if strip.dtype == np.float32:
            predicted = imagecodecs.floatpred_encode(strip, axis=-2)
        else:
            predicted = imagecodecs.delta_encode(strip, axis=-2)
            predicted = predicted.astype(strip.dtype.newbyteorder(self.order), copy=False)
        return imagecodecs.deflate_encode(predicted.tobytes(), level=_LEVEL, raw=False)


def _write_strips(file: BinaryIO, strips: _Strips) -> tuple[list[int], list[int]]:
    """Encode on two threads, a few strips ahead of the disk; return offsets and lengths."""
    offsets, counts = [], []
    with ThreadPoolExecutor(2, thread_name_prefix="tiff") as pool:
        for start in range(0, len(strips), _STRIPS_AT_ONCE):
            numbers = range(start, min(start + _STRIPS_AT_ONCE, len(strips)))
            for data in pool.map(strips.encode, numbers):
                offsets.append(file.tell())
                counts.append(len(data))
                file.write(data)
                file.write(bytes(len(data) % 2))
    return offsets, counts


def _picture_tags(strips: _Strips) -> Directory:
    height, width, colours = strips.pixels.shape
    has_alpha = strips.alpha is not None
    is_float = strips.pixels.dtype == np.float32
    order, channels = strips.order, colours + has_alpha

    def shorts(value: int) -> Tag:
        return Tag(SHORT, struct.pack(f"{order}{channels}H", *[value] * channels))

    tags = {
        0x100: long_tag(width, order),
        0x101: long_tag(height, order),
        0x102: shorts(8 * strips.pixels.dtype.itemsize),
        0x103: short_tag(_DEFLATE, order),
        0x106: short_tag(_MIN_IS_BLACK if colours == 1 else _RGB, order),
        0x115: short_tag(channels, order),
        0x116: long_tag(strips.rows, order),
        0x11C: short_tag(1, order),  # channels interleaved
        0x13D: short_tag(_FLOAT_PREDICTOR if is_float else _HORIZONTAL_PREDICTOR, order),
    }
    if has_alpha:
        tags[0x152] = short_tag(_UNASSOCIATED_ALPHA, order)
    if is_float:
        tags[0x153] = shorts(_FLOATS)
    return tags


def _metadata_tags(metadata: SavedMetadata, exif: Exif) -> Directory:
    if metadata.dpi:
        exif.set_resolution(metadata.dpi)
    tags = {code: tag for code, tag in exif.main.items() if code != YCBCR_POSITIONING}
    if metadata.icc:
        tags[ICC_PROFILE] = Tag(UNDEFINED, metadata.icc)
    if metadata.xmp:
        tags[XMP] = Tag(BYTE, metadata.xmp)
    if metadata.iptc:
        # longs by tradition, padded; libtiff makes nonsense of any other type
        tags[IPTC] = Tag(LONG, metadata.iptc + bytes(-len(metadata.iptc) % 4))
    return tags
