"""A picture in memory, in its own depth, with all that its file said about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.region import Region

Pixels: TypeAlias = NDArray[Any]
"""(H, W, 1 or 3), uint8 / uint16 in full range or float32 with 1.0 as white; RGB or gray."""

FileFormat: TypeAlias = Literal[
    "jpeg", "png", "tiff", "webp", "bmp", "gif", "avif", "heic", "raw", "memory"
]


@dataclass(frozen=True, slots=True, eq=False)
class ImageOrigin:
    """Where a picture came from and what must survive until it is saved.

    Attributes:
        path: the file; None for a clipboard picture.
        file_format: recognised from the content, never from the name.
        icc_profile: the embedded profile's bytes; None means sRGB (or gray gamma 2.2).
        exif: raw EXIF (TIFF structure without the "Exif" header), orientation already applied.
        xmp: the raw XMP packet.
        iptc: raw IPTC-IIM records (APP13 or TIFF tag 33723).
        dpi: horizontal and vertical resolution.
        notes: what the user should know, a sentence each ("Frame 1 of 12 was read.").
    """

    path: Path | None = None
    file_format: FileFormat = "memory"
    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ImageBuffer:
    """A read-only picture: the one form in which pictures cross modules and threads.

    Attributes:
        pixels: (H, W, C), C = 1 gray or 3 RGB; uint8, uint16 or float32; read-only; orientation
            applied; encoded as `origin.icc_profile` says. May be a memory map.
        alpha: (H, W) of the same dtype, straight (not premultiplied), or None.
        origin: the file and its metadata.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    origin: ImageOrigin = field(default_factory=ImageOrigin)

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] not in (1, 3):
            raise ValueError(f"pixels must be (H, W, 1 or 3), not {self.pixels.shape}")
        if self.pixels.dtype not in (np.uint8, np.uint16, np.float32):
            raise ValueError(f"pixels must be uint8, uint16 or float32, not {self.pixels.dtype}")
        if self.alpha is not None and (
            self.alpha.shape != self.pixels.shape[:2] or self.alpha.dtype != self.pixels.dtype
        ):
            raise ValueError(f"alpha {self.alpha.shape} does not fit pixels {self.pixels.shape}")
        self.pixels.flags.writeable = False
        if self.alpha is not None:
            self.alpha.flags.writeable = False

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def is_gray(self) -> bool:
        return int(self.pixels.shape[2]) == 1

    @property
    def white(self) -> float:
        """The value of full white: 255, 65535 or 1.0."""
        return white_of(self.pixels.dtype)

    def digest(self) -> bytes:
        """Return what tells these pixels, with their alpha, from all others; metadata left out."""
        found = hashlib.blake2b(repr((self.pixels.shape, self.pixels.dtype)).encode())
        for plane in (self.pixels, self.alpha):
            for row in () if plane is None else plane:
                found.update(row.tobytes())
        return found.digest()

    def crop(self, region: Region) -> ImageBuffer:
        """Return a view of `region`, which must lie within the picture."""
        rows, columns = region.slices
        alpha = None if self.alpha is None else self.alpha[rows, columns]
        return replace(self, pixels=self.pixels[rows, columns], alpha=alpha)

    def cut(self, region: Region) -> ImageBuffer:
        """Return a copy of `region`, which does not keep the rest of the picture in memory."""
        part = self.crop(region)
        alpha = None if part.alpha is None else part.alpha.copy()
        return replace(part, pixels=part.pixels.copy(), alpha=alpha)


def white_of(dtype: np.dtype[Any]) -> float:
    """Return the value of full white: 255, 65535, or 1.0 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


def to_float(values: Pixels) -> NDArray[np.float32]:
    """Return float32 with white at 1.0; floats pass unchanged."""
    if values.dtype == np.float32:
        return values
    return np.multiply(values, np.float32(1.0 / white_of(values.dtype)), dtype=np.float32)


def from_float(values: NDArray[np.floating[Any]], dtype: np.dtype[Any] | type) -> Pixels:
    """Return `values` (white at 1.0) in `dtype`: rounded half to even and clipped for integers."""
    dtype = np.dtype(dtype)
    if not np.issubdtype(dtype, np.integer):
        return values.astype(dtype, copy=False)
    white = white_of(dtype)
    scaled = np.multiply(values, white, dtype=np.float32)
    np.rint(scaled, out=scaled)
    np.clip(scaled, 0, white, out=scaled)
    integers: Pixels = scaled.astype(dtype)
    return integers
