"""The benchmark sets of the field, and their small pictures as the papers made them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sr_studio.errors import InvalidRequest, SrStudioError, UnreadableImage
from sr_studio.tasks._picture_files import find_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_KEPT_BYTES = 1 << 29  # Set5, Set14 and BSD100 have 60 MB; larger sets are read again and again


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """One set of true pictures.

    Attributes:
        name: "Set5".
        pictures: its files, sorted by name.
        checksum: of all names and bytes.
    """

    name: str
    pictures: tuple[Path, ...]
    checksum: str


class UnreadableSet(SrStudioError):
    """A set with a picture that cannot be used: a mean over the rest would be another set's."""


class Pair(NamedTuple):
    """A true picture, cropped to a multiple of the scale, and its small version."""

    small: ImageBuffer
    truth: ImageBuffer


def find_sets(folder: Path, names: Sequence[str], context: JobContext) -> tuple[BenchmarkSet, ...]:
    """Return the sets of these names: the pictures in folder/NAME/HR.

    Raises:
        InvalidRequest: `folder` has no set of that name.
        UnreadableImage: the folder or a file cannot be read, or a set is empty.
    """
    known = _sets_in(folder)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidRequest(
            f"There is no folder {folder / unknown[0] / 'HR'}.",
            advice=f"Choose with --sets of {', '.join(known)}."
            if known
            else "Name the folder that holds the sets, such as Set5, each with a folder HR.",
        )
    found = []
    for name in names:
        pictures = find_pictures([folder / name / "HR"])
        digest = hashlib.sha256()
        for picture in pictures:
            context.checkpoint()
            try:
                data = picture.read_bytes()
            except OSError as error:
                raise UnreadableImage(
                    f"{picture} cannot be read: {error.strerror}.",
                    advice="Choose files that you may read.",
                ) from error
            digest.update(picture.name.encode("utf-8", "surrogateescape") + b"\0")
            digest.update(hashlib.sha256(data).digest())
        found.append(BenchmarkSet(name, pictures, digest.hexdigest()))
    return tuple(found)


class SmallPictures:
    """Makes the small versions of true pictures at one scale, each once where memory allows.

    MATLAB's bicubic `imresize` by an integer, after cropping to a multiple of the scale: bit for
    bit what the field's published sets hold.
    """

    def __init__(self, scale: int) -> None:
        self._scale = scale
        self._pairs: dict[Path, Pair] = {}
        self._bytes = 0

    def pair(self, benchmark: BenchmarkSet, path: Path) -> Pair:
        """Return a picture of the set and its small version.

        Raises:
            UnreadableSet: it is no picture, or smaller than the scale.
        """
        from sr_studio.degradations.degrade import crop_to_multiple, degrade
        from sr_studio.degradations.recipe import Degradation
        from sr_studio.imaging.decode_image import decode_image

        if path in self._pairs:
            return self._pairs[path]
        try:
            truth = crop_to_multiple(decode_image(path), self._scale)
            pair = Pair(degrade(truth, Degradation(scale=self._scale)), truth)
        except SrStudioError as error:
            raise UnreadableSet(
                f"{benchmark.name} x{self._scale}: {path.name}: {error.message}",
                advice=error.advice,
            ) from error
        size = pair.truth.pixels.nbytes + pair.small.pixels.nbytes
        if self._bytes + size <= _KEPT_BYTES:
            self._bytes += size
            self._pairs[path] = pair
        return pair


def _sets_in(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir() if (each / "HR").is_dir())
    except OSError as error:
        raise UnreadableImage(
            f"The folder {folder} cannot be read: {error.strerror}.",
            advice="Choose a folder that you may read.",
        ) from error
