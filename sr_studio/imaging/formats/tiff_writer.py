"""Writes TIFF files as Photoshop and Lightroom read them: strips, deflate with predictor.

Reference: TIFF 6.0 (Adobe, 1992); TIFF Technical Note 3 (2005, floating point predictor).
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import numpy as np
import tifffile

from sr_studio.imaging.exif import ICC_PROFILE, IPTC, XMP, YCBCR_POSITIONING, Exif
from sr_studio.imaging.tiff_directory import (
    BYTE,
    UNDEFINED,
    DirectoryReader,
    DirectoryWriter,
    Tag,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

_STRIP_BYTES = 1 << 20
_CLASSIC_LIMIT_BYTES = (1 << 32) - (1 << 26)  # 4 GiB, less what tags and hard cases may add


def write_tiff(
    path: Path,
    pixels: Pixels,
    alpha: Pixels | None,
    metadata: SavedMetadata,
) -> tuple[str, ...]:
    """Write (H, W, 1 or 3), uint8, uint16 or float32, strip by strip; return warnings."""
    height, width, colours = pixels.shape
    channels = colours + (alpha is not None)
    row_bytes = width * channels * pixels.dtype.itemsize
    rows = min(height, max(1, _STRIP_BYTES // row_bytes))
    exif = metadata.exif or Exif()
    # the maker's note is in the camera's byte order, which only the whole file can state
    order = exif.order
    is_big = height * row_bytes > _CLASSIC_LIMIT_BYTES
    with tifffile.TiffWriter(path, bigtiff=is_big, byteorder=order) as writer:
        writer.write(
            _strips(pixels, alpha, rows),
            shape=(height, width) if channels == 1 else (height, width, channels),
            dtype=pixels.dtype,
            photometric="minisblack" if colours == 1 else "rgb",
            extrasamples=["unassalpha"] if alpha is not None else None,
            planarconfig=None if channels == 1 else "contig",
            rowsperstrip=rows,
            compression="adobe_deflate",
            predictor=True,
            software=False,
            metadata=None,
        )
    _add_metadata(path, metadata, exif)
    return ()


def _strips(pixels: Pixels, alpha: Pixels | None, rows: int) -> Iterator[Pixels]:
    for at in range(0, len(pixels), rows):
        strip = pixels[at : at + rows]
        if alpha is not None:
            strip = np.concatenate([strip, alpha[at : at + rows, :, None]], axis=2)
        yield np.ascontiguousarray(strip[..., 0] if strip.shape[2] == 1 else strip)


def _add_metadata(path: Path, metadata: SavedMetadata, exif: Exif) -> None:
    """Append a directory that says all that the first one does and the metadata besides.

    tifffile itself refuses to write the pointers to the camera's and the place's directories.
    """
    with path.open("r+b") as file:

        def read_at(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        reader = DirectoryReader(read_at)
        tags, _ = reader.read(reader.first)
        if metadata.dpi:
            exif.set_resolution(metadata.dpi)
        tags |= {code: tag for code, tag in exif.main.items() if code != YCBCR_POSITIONING}
        if metadata.icc:
            tags[ICC_PROFILE] = Tag(UNDEFINED, metadata.icc)
        if metadata.xmp:
            tags[XMP] = Tag(BYTE, metadata.xmp)
        if metadata.iptc:
            tags[IPTC] = Tag(UNDEFINED, metadata.iptc)
        end = file.seek(0, os.SEEK_END)
        start = end + end % 2
        writer = DirectoryWriter(reader.order, start=start, is_big=reader.is_big)
        first = writer.add(tags | exif.add_sub_directories(writer))
        file.seek(start)
        file.write(writer.finish())
        file.seek(8 if reader.is_big else 4)
        file.write(struct.pack(reader.order + ("Q" if reader.is_big else "I"), first))
