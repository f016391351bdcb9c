"""HEIC files, through the extra `heic` (pi-heif, which decodes only)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.formats._decoded import Decoded, ink_of, widen

if TYPE_CHECKING:
    from sr_studio.imaging.formats._source import Source


_ITEM = re.compile(rb"infe.{8}(.{4})", re.DOTALL)  # item type in an item information entry


def read_heic(source: Source) -> Decoded:
    """Read HEIC and HEIF; 10 and 12 bits become 16; turned upright by the decoder.

    Raises:
        UnreadableImage: the extra is not installed; too large.
        RuntimeError, ValueError: damaged.
    """
    try:
        import pi_heif  # an extra
    except ImportError as error:
        raise source.refuse(
            "is a HEIC picture, for which a part is missing",
            advice='Add it with: pip install "sr-studio[heic]"',
        ) from error
    data = source.read()
    # WORKAROUND: pi-heif 1.4 ends the program at an item type that is no UTF-8 (found by fuzzing)
    if any(max(entry[1], default=0) > 127 for entry in _ITEM.finditer(data)):
        raise ValueError("an item type that is no ASCII")
    picture = pi_heif.open_heif(data, convert_hdr_to_8bit=False)
    source.check_size(*picture.size, bytes_per_pixel=8)
    samples = np.asarray(picture)
    bits = picture.info.get("bit_depth", 8)
    if samples.dtype == np.uint16:  # left-aligned as delivered
        samples = widen(samples >> (16 - bits), bits)
    ink, has_alpha = ink_of(samples)
    return Decoded(
        samples,
        "heic",
        ink=ink,
        has_alpha=has_alpha,
        icc=picture.info.get("icc_profile"),
        exif=picture.info.get("exif"),
        xmp=picture.info.get("xmp"),
        orientation=1,
        notes=(f"Picture 1 of {len(picture)} was read.",) if len(picture) > 1 else (),
    )
