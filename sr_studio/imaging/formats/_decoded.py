"""What every format reader returns: samples as stored, and the file's metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import FileFormat, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture as its file holds it: not yet turned upright, alpha not yet apart.

    Attributes:
        samples: (H, W) or (H, W, C), uint8, uint16 or float32 in full range.
        ink: what the channels mean; CMYK counts ink, 0 is paper.
        has_alpha: the last channel is straight alpha.
        orientation: as EXIF counts it; None where the EXIF data has the say.
        icc: not yet checked; empty where the reader converted to sRGB.
        xmp, iptc, exif, dpi, notes: as in ImageOrigin, not yet checked.
    """

    samples: Pixels
    file_format: FileFormat
    ink: Literal["gray", "rgb", "cmyk"] = "rgb"
    has_alpha: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    orientation: int | None = None
    notes: tuple[str, ...] = ()


def ink_of(samples: Pixels) -> tuple[Literal["gray", "rgb"], bool]:
    """Return what 1, 2, 3 or 4 channels mean where a file knows no other: ink and has_alpha."""
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    return ("gray" if channels < 3 else "rgb"), channels in (2, 4)


def gray_if_equal(samples: Pixels) -> Pixels:
    """Return one channel for three that are the same everywhere: a palette of grays."""
    if samples.ndim != 3 or samples.shape[2] != 3:
        return samples
    red = samples[..., 0]
    is_gray = np.array_equal(red, samples[..., 1]) and np.array_equal(red, samples[..., 2])
    return np.ascontiguousarray(red) if is_gray else samples


def widen(samples: Pixels, bits: int) -> Pixels:
    """Return samples of `bits` bits as uint8 (up to 8) or uint16: 0 stays 0, white stays white."""
    if bits == np.iinfo(samples.dtype).bits and bits in (8, 16):
        return samples
    depth = np.uint8 if bits <= 8 else np.uint16
    white = (1 << bits) - 1
    # 20 bits hold the product; a table of at most 65536 entries is exact and quick
    table = np.rint(np.arange(white + 1) * (np.iinfo(depth).max / white)).astype(depth)
    widened: Pixels = table[np.minimum(samples, white)]
    return widened
