"""What the thread for files does when pictures are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sr_studio.imaging.colour import DisplayTransform
from sr_studio.imaging.decode_image import READABLE_SUFFIXES, decode_bytes, decode_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_MID_GRAY = 128


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """The pictures below what was dropped, and how many other files a folder held."""

    paths: tuple[Path, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class FindPicturesRequest:
    """Looks into folders; files that were named are taken whatever they are called."""

    paths: tuple[Path, ...]

    def run(self, context: JobContext) -> FoundPictures:
        found: dict[Path, None] = {}
        left_out = 0
        for path in self.paths:
            if not path.is_dir():
                found[path] = None
                continue
            for inner in sorted(path.rglob("*")):
                context.checkpoint()
                if inner.is_dir() or inner.name.startswith("."):
                    continue
                if inner.suffix.lower() in READABLE_SUFFIXES:
                    found[inner] = None
                else:
                    left_out += 1
        return FoundPictures(tuple(found), left_out)


@dataclass(frozen=True, slots=True, eq=False)
class ReadPicture:
    """A picture and a small copy of it, (h, w, 3) uint8 sRGB."""

    image: ImageBuffer
    thumbnail: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ReadPictureRequest:
    """Reads a file."""

    path: Path
    thumbnail_px: int

    def run(self, context: JobContext) -> ReadPicture:
        context.checkpoint()
        image = decode_image(self.path)
        return ReadPicture(image, thumbnail_of(image, self.thumbnail_px))


@dataclass(frozen=True, slots=True)
class ReadBytesRequest:
    """Reads a picture that came by the clipboard or from a browser."""

    data: bytes
    name: str
    thumbnail_px: int

    def run(self, context: JobContext) -> ReadPicture:
        context.checkpoint()
        image = decode_bytes(self.data, name=self.name)
        return ReadPicture(image, thumbnail_of(image, self.thumbnail_px))


def thumbnail_of(image: ImageBuffer, edge_px: int) -> NDArray[np.uint8]:
    """Return a copy for the screen, its longer side `edge_px` or the picture's own if shorter."""
    step = max(1, max(image.width, image.height) // (4 * edge_px))
    show = DisplayTransform(image.origin.icc_profile, is_gray=image.is_gray)
    shown = show(image.pixels[::step, ::step])
    if image.alpha is not None:
        alpha = image.alpha[::step, ::step, np.newaxis] / image.white
        shown = np.rint(shown * alpha + _MID_GRAY * (1 - alpha)).astype(np.uint8)
    small = Image.fromarray(np.ascontiguousarray(shown))
    small.thumbnail((edge_px, edge_px), Image.Resampling.LANCZOS)
    return np.asarray(small)
