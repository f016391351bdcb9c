"""The pictures of a training, in folders and in tar files."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sr_studio.errors import UnreadableImage
from sr_studio.tasks._picture_files import find_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.imaging.image_buffer import ImageBuffer


@dataclass(frozen=True, slots=True)
class PictureSource:
    """A picture that can be read, alone or out of a tar file.

    Attributes:
        file: of the picture, or the tar file.
        name: of the picture.
        offset: of its first byte in the tar file; None where it has a file of its own.
        size: in bytes.
        changed_ns: when its file was last written.
    """

    file: Path
    name: str
    offset: int | None
    size: int
    changed_ns: int

    def read(self) -> ImageBuffer:
        """Decode it.

        Raises:
            UnreadableImage: it is damaged or no picture.
        """
        from sr_studio.imaging.decode_image import decode_bytes, decode_image

        if self.offset is None:
            return decode_image(self.file)
        try:
            with self.file.open("rb") as archive:
                archive.seek(self.offset)
                data = archive.read(self.size)
        except OSError as error:
            raise UnreadableImage(
                f"{self.file} cannot be read: {error.strerror}.", advice="Check the file."
            ) from error
        return decode_bytes(data, name=self.name)


def find_sources(places: Sequence[Path]) -> tuple[PictureSource, ...]:
    """Return the pictures right in the folders and those of the tar files, each sorted by name.

    Raises:
        UnreadableImage: there is none, or a place cannot be read.
    """
    found: list[PictureSource] = []
    for place in places:
        if place.is_dir():
            found += [_of_file(path) for path in find_pictures([place])]
        else:
            found += _in_tar(place)
    return tuple(found)


def _of_file(path: Path) -> PictureSource:
    status = path.stat()
    return PictureSource(path, path.name, None, status.st_size, status.st_mtime_ns)


def _in_tar(path: Path) -> list[PictureSource]:
    """List the members whose names are those of pictures; nothing is unpacked."""
    from sr_studio.imaging.decode_image import READABLE_SUFFIXES

    try:
        changed_ns = path.stat().st_mtime_ns
        with tarfile.open(path, "r:") as archive:
            members = [
                PictureSource(path, each.name, each.offset_data, each.size, changed_ns)
                for each in archive
                if each.isreg()
                and not each.issparse()
                and PurePosixPath(each.name).suffix.lower() in READABLE_SUFFIXES
            ]
    except (OSError, tarfile.TarError) as error:
        raise UnreadableImage(
            f"{path} is no tar file that can be read: {error}.",
            advice="Choose a folder of pictures or a tar file that is not compressed.",
        ) from error
    if not members:
        raise UnreadableImage(f"No pictures lie in {path}.", advice="Choose another tar file.")
    return sorted(members, key=lambda each: each.name)
