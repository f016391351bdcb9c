"""Reads picture files into ImageBuffer: recognised by content, upright, in their own depth."""

from __future__ import annotations

import errno
import stat
import struct
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from sr_studio.imaging.colour import cmyk_to_srgb, is_usable_profile
from sr_studio.imaging.file_kind import HEAD_BYTES, describe_stranger, recognise
from sr_studio.imaging.formats._source import COPY_AGAIN, Source
from sr_studio.imaging.formats.avif import read_avif
from sr_studio.imaging.formats.bmp_gif import read_bmp, read_gif
from sr_studio.imaging.formats.camera_raw import read_raw
from sr_studio.imaging.formats.heic import read_heic
from sr_studio.imaging.formats.jpeg import read_jpeg
from sr_studio.imaging.formats.png import read_png
from sr_studio.imaging.formats.tiff import read_tiff
from sr_studio.imaging.formats.webp import read_webp
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin
from sr_studio.imaging.metadata import check_metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sr_studio.errors import UnreadableImage
    from sr_studio.imaging.formats._decoded import Decoded
    from sr_studio.imaging.image_buffer import FileFormat, Pixels

# Sizes are checked here, by what the user allows and what the memory holds; Pillow would warn
# at 89 megapixels and refuse at 179, which cameras reach
Image.MAX_IMAGE_PIXELS = None

READABLE_SUFFIXES: Final = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".dib"),
        *(".gif", ".avif", ".heic", ".heif", ".hif"),
        # camera raw
        *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".sr2", ".raf", ".orf", ".rw2", ".pef"),
        *(".srw", ".3fr", ".iiq", ".x3f", ".mrw", ".rwl", ".erf", ".mef"),
    }
)
_READERS: Final[dict[FileFormat, Callable[[Source], Decoded]]] = {
    "jpeg": read_jpeg,
    "png": read_png,
    "tiff": read_tiff,
    "webp": read_webp,
    "bmp": read_bmp,
    "gif": read_gif,
    "avif": read_avif,
    "heic": read_heic,
    "raw": read_raw,
}
# What decoders raise at damaged data, found by fuzzing; an OSError is looked at by its number
_DAMAGE = (
    *(ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, EOFError),
    *(SyntaxError, AttributeError, AssertionError, struct.error, OSError, BufferError),
)


def is_picture(path: Path) -> bool:
    """Return whether the first bytes are those of a picture that can be read here."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return recognise(file.read(HEAD_BYTES)) is not None
    except (OSError, ValueError):
        return False


def decode_image(path: Path, *, max_megapixels: float = 1000) -> ImageBuffer:
    """Read a picture file.

    Args:
        path: any name; the content counts.
        max_megapixels: larger pictures are refused before they are decoded.

    Raises:
        UnreadableImage: not there, not a picture, truncated, damaged, too large, NaN.
    """
    source = Source(path.name or str(path), path, None, max_megapixels)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device"
            raise source.refuse(f"is {kind}, not a file", advice="Choose a picture file.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise _explain(source, error) from error
    return _decode(source, head)


def decode_bytes(data: bytes, *, name: str, max_megapixels: float = 1000) -> ImageBuffer:
    """Read a picture from the clipboard or a browser.

    Args:
        data: the whole file.
        name: how messages call it.
        max_megapixels: as in decode_image.

    Raises:
        UnreadableImage: as in decode_image.
    """
    return _decode(Source(name, None, data, max_megapixels), data[:HEAD_BYTES])


def _decode(source: Source, head: bytes) -> ImageBuffer:
    if not head:
        raise source.refuse("is empty (0 bytes)", advice=COPY_AGAIN)
    file_format = recognise(head)
    if file_format is None:
        raise source.refuse(
            f"is not a picture that can be read: it holds {describe_stranger(head)}",
            advice="Choose a JPEG, PNG, TIFF, WebP, AVIF, BMP, GIF, HEIC or camera raw file.",
        )
    try:
        return _finish(source, _READERS[file_format](source))
    except MemoryError as error:
        raise source.refuse(
            "needs more memory than is free", advice="Close other programs and try again."
        ) from error
    except _DAMAGE as error:
        raise _explain(source, error) from error


def _explain(source: Source, error: BaseException) -> UnreadableImage:
    """Return the sentence for what the system or a decoder raised."""
    if isinstance(error, FileNotFoundError):
        return source.refuse("is not there", advice="It may have been moved or renamed.")
    if isinstance(error, PermissionError):
        return source.refuse(
            "may not be read by you", advice="Change its permissions, or copy it elsewhere."
        )
    if isinstance(error, OSError) and error.errno in (errno.EIO, errno.ENODEV, errno.ENXIO):
        return source.refuse(
            "could not be read: the disk or card does not answer",
            advice="Plug it in again, or try another reader.",
        )
    return source.refuse("is damaged and could not be read", advice=COPY_AGAIN)


def _finish(source: Source, decoded: Decoded) -> ImageBuffer:
    """Check profile, metadata and values, convert ink, part alpha, turn upright."""
    samples, notes = decoded.samples, list(decoded.notes)
    if samples.ndim == 2:
        samples = samples[..., None]
    _check_finite(source, samples)
    if not samples.dtype.isnative:
        samples = samples.astype(samples.dtype.newbyteorder("="))
    icc = decoded.icc or None
    if icc is not None and not is_usable_profile(icc, decoded.ink):
        notes.append("Its colour profile is damaged or made for other colours: it was ignored.")
        icc = None
    alpha = samples[..., -1:] if decoded.has_alpha else None
    pixels = samples[..., :-1] if decoded.has_alpha else samples
    if decoded.ink == "cmyk":
        by = "its embedded profile" if icc else "a simple formula, because it names no profile"
        notes.append(f"Its CMYK colours were converted to sRGB by {by}.")
        pixels, icc = cmyk_to_srgb(pixels, icc), None
    metadata = check_metadata(
        decoded.exif,
        decoded.xmp,
        decoded.iptc,
        decoded.dpi,
        orientation=decoded.orientation,
        was_converted=decoded.ink == "cmyk" or decoded.icc == b"",
    )
    origin = ImageOrigin(
        path=source.path,
        file_format=decoded.file_format,
        icc_profile=icc,
        exif=metadata.exif,
        xmp=metadata.xmp,
        iptc=metadata.iptc,
        dpi=metadata.dpi,
        notes=(*notes, *metadata.notes),
    )
    pixels = _turn_upright(pixels, metadata.orientation)
    if alpha is not None:
        alpha = _turn_upright(alpha, metadata.orientation)[..., 0]
    return ImageBuffer(pixels, alpha, origin)


def _check_finite(source: Source, samples: Pixels) -> None:
    if samples.dtype.kind != "f":
        return
    wrong = sum(
        int(np.count_nonzero(~np.isfinite(samples[at : at + 256])))
        for at in range(0, len(samples), 256)
    )
    if wrong:
        raise source.refuse(
            f"holds {wrong} values that are no numbers (NaN or infinite)",
            advice="Replace them in the program that made it, then save it again.",
        )


def _turn_upright(samples: Pixels, orientation: int) -> Pixels:
    """Return (H, W, C) turned and mirrored as EXIF's orientation asks, contiguous."""
    samples = np.ascontiguousarray(samples)
    if orientation == 1:
        return samples
    # as one item a pixel, which moves twice as fast as channel by channel (48 MP: 0.23 s)
    turned = samples.view(f"V{samples.itemsize * samples.shape[2]}")[..., 0]
    if orientation > 4:
        turned = turned.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)[..., None].view(samples.dtype)
