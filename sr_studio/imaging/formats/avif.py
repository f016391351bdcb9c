"""AVIF files: 8 bits by Pillow, 10 and 12 bits read by libavif directly.

Reference: AV1 Image File Format (AOMedia, 2022).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from PIL import Image

from sr_studio.imaging.exif import ORIENTATION
from sr_studio.imaging.formats._decoded import Decoded, ink_of, widen

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.formats._source import Source
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

MAX_SIDE = 32768  # what libavif reads unless told otherwise


def read_avif(source: Source) -> Decoded:
    """Read AVIF; 10 and 12 bits become 16; of a sequence the first frame.

    Raises:
        UnreadableImage: too large.
        RuntimeError, ValueError: damaged.
    """
    with (
        warnings.catch_warnings(action="ignore"),  # of damaged EXIF data, which is checked later
        source.open() as stream,
        Image.open(stream, formats=["AVIF"]) as header,  # reads the boxes, decodes nothing
    ):
        info, frames = header.info, getattr(header, "n_frames", 1)
        source.check_size(*header.size, bytes_per_pixel=8)
    data = source.read()
    samples: Pixels = imagecodecs.avif_decode(data, 0 if frames > 1 else None)
    if samples.dtype == np.uint16:
        samples = widen(samples, _bits(data))
    ink, has_alpha = ink_of(samples)
    return Decoded(
        samples,
        "avif",
        ink=ink,
        has_alpha=has_alpha,
        icc=info.get("icc_profile"),
        exif=info.get("exif"),
        xmp=info.get("xmp"),
        notes=(f"The first of {frames} frames was read.",) if frames > 1 else (),
    )


def _bits(data: bytes) -> int:
    """Return 10 or 12, from the decoder's configuration box."""
    at = data.find(b"av1C")
    return 12 if at >= 0 and data[at + 6 : at + 7] and data[at + 6] & 0x20 else 10


def write_avif(
    path: Path, samples: Pixels, metadata: SavedMetadata, quality: int
) -> tuple[str, ...]:
    """Write (H, W, 1, 3 or 4) uint8; return warnings."""
    if metadata.exif:
        # AVIF's own boxes turn pictures. Seeing the tag, Pillow would rewrite the block: it turns
        # umlauts into question marks
        metadata.exif.main.pop(ORIENTATION, None)
    exif, exif_warnings = metadata.exif_block(1 << 30)
    is_gray = samples.shape[2] == 1
    Image.fromarray(samples[..., 0] if is_gray else samples).save(
        path,
        "AVIF",
        quality=quality,
        subsampling="4:0:0" if is_gray else "4:4:4" if quality >= 92 else "4:2:0",
        icc_profile=metadata.icc,
        exif=exif,
        xmp=metadata.xmp,
    )
    return exif_warnings
