"""Where a picture's bytes come from, and the sentences that refuse it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import psutil

from sr_studio.errors import UnreadableImage

if TYPE_CHECKING:
    from pathlib import Path

TRUNCATED = "is incomplete: the file ends before the picture does"
# a photograph is stored in a tenth of its bytes, seldom in a hundredth
_BOMB_MEGAPIXELS, _BOMB_RATIO = 150, 300
COPY_AGAIN = "Copy it again from the camera, the card or the place it was downloaded from."


@dataclass(frozen=True, slots=True)
class Source:
    """A file on disk, or bytes from the clipboard.

    Attributes:
        name: how messages call it.
        path: the file; None for bytes.
        data: the bytes; None for a file.
        max_megapixels: pictures that declare more are refused before anything is decoded.
    """

    name: str
    path: Path | None
    data: bytes | None
    max_megapixels: float

    def open(self) -> BinaryIO:
        """Return a stream that the caller closes."""
        return io.BytesIO(self.data or b"") if self.path is None else self.path.open("rb")

    def read(self) -> bytes:
        """Return all bytes."""
        return self.data or b"" if self.path is None else self.path.read_bytes()

    def refuse(self, claim: str, *, advice: str) -> UnreadableImage:
        """Return the error that says `claim` of this picture: "is damaged"."""
        return UnreadableImage(f"{self.name} {claim}.", advice=advice)

    def check_size(self, width: int, height: int, *, bytes_per_pixel: int) -> None:
        """Refuse a declared size that cannot be meant or cannot be held.

        Raises:
            UnreadableImage: empty, over the limit, a decompression bomb, or more than the free
                memory.
        """
        if width <= 0 or height <= 0:
            raise self.refuse(f"says that it is {width} x {height} pixels large", advice=COPY_AGAIN)
        megapixels = width * height / 1e6
        if megapixels > self.max_megapixels:
            raise self.refuse(
                f"says that it is {width} x {height} pixels large: {megapixels:,.0f} megapixels, "
                f"where the limit is {self.max_megapixels:,.0f}",
                advice="Make it smaller or cut it into parts first.",
            )
        stored = len(self.data or b"") if self.path is None else self.path.stat().st_size
        if megapixels > _BOMB_MEGAPIXELS and megapixels * 1e6 * bytes_per_pixel > _BOMB_RATIO * max(
            stored, 1
        ):
            raise self.refuse(
                f"says that it is {width} x {height} pixels large, which cannot be a photograph "
                f"stored in {max(1, stored // 1024):,} KiB",
                advice="It may be made to fill the memory: do not open it unless you made it, and "
                "then cut it into parts first.",
            )
        # samples as decoded, and once more while they are turned or their alpha is split off
        needed = 2 * width * height * bytes_per_pixel
        free = psutil.virtual_memory().available
        if needed > free:
            raise self.refuse(
                f"({width} x {height} pixels) needs {needed / 2**30:.1f} GiB of memory, "
                f"but {free / 2**30:.1f} GiB are free",
                advice="Close other programs, or cut the picture into parts first.",
            )
