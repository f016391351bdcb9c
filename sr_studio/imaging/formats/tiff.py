"""Reads TIFF files: any depth, layout and compression that tifffile and imagecodecs know.

Reference: TIFF 6.0 (Adobe, 1992); Adobe Photoshop TIFF Technical Notes (2002).
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

import numpy as np
import tifffile

from sr_studio.imaging.colour import lab_to_srgb
from sr_studio.imaging.exif import (
    ICC_PROFILE,
    IPTC,
    PHOTOSHOP,
    XMP,
    Exif,
    read_exif,
)
from sr_studio.imaging.formats._decoded import Decoded, gray_if_equal, widen
from sr_studio.imaging.formats._source import COPY_AGAIN, TRUNCATED, Source
from sr_studio.imaging.formats.camera_raw import read_raw
from sr_studio.imaging.iptc import iptc_from_resources
from sr_studio.imaging.tiff_directory import Directory, DirectoryReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.imaging.image_buffer import Pixels

_MIN_IS_WHITE, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = 0, 2, 3, 5, 6, 8
_SENSOR_PHOTOMETRICS: Final = (32803, 34892)  # colour filter array, linear raw
_PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 262, 330, 50706
_ASSOCIATED, _UNASSOCIATED = 1, 2
_JPEG_COMPRESSIONS: Final = (6, 7)
_SAVE_AGAIN = "Open it in the program that made it and save it as 8-bit or 16-bit RGB."

# tifffile logs what it finds odd; what matters comes back as an error or is looked at here
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)


def read_tiff(source: Source) -> Decoded:
    """Read the first full picture of a TIFF file, or hand a camera raw file on.

    Raises:
        UnreadableImage: truncated, too large, or a kind that cannot be shown.
        RuntimeError, ValueError, ...: damaged.
    """
    with source.open() as stream:
        reader = DirectoryReader(_read_at(stream))
        if _is_raw(reader):
            return read_raw(source)
        stream.seek(0)  # tifffile counts from where the stream stands
        with tifffile.TiffFile(stream) as tiff:
            pages = [page.aspage() for page in tiff.pages]
            pages = [page for page in pages if not page.is_reduced] or pages
            page = pages[0]
            decoded = _read_page(source, stream, page)
        tags = reader.read(page.offset)
        exif = read_exif(reader, page.offset)
        notes = decoded.notes
        if len(pages) > 1:
            notes = (*notes, f"Page 1 of {len(pages)} was read.")
        return replace(_with_metadata(decoded, tags, exif), notes=notes)


def _read_at(stream: BinaryIO) -> Callable[[int, int], bytes]:
    def read_at(offset: int, length: int) -> bytes:
        stream.seek(offset)
        return stream.read(length)

    return read_at


def _is_raw(reader: DirectoryReader) -> bool:
    """Tell a camera's raw file, whose sensor data lies in the first or in a sub-directory."""
    main = reader.read(reader.first)
    if _DNG_VERSION in main:
        return True
    directories = [main]
    pointers = main.get(_SUB_DIRECTORIES)
    for offset in pointers.integers(reader.order)[:16] if pointers else ():
        try:
            directories.append(reader.read(offset))
        except ValueError:
            continue
    kinds = (directory.get(_PHOTOMETRIC) for directory in directories)
    return any(kind and kind.integer(reader.order) in _SENSOR_PHOTOMETRICS for kind in kinds)


def _with_metadata(decoded: Decoded, tags: Directory, exif: Exif) -> Decoded:
    def bytes_of(code: int) -> bytes | None:
        return tags[code].value if code in tags else None

    iptc = bytes_of(IPTC) or iptc_from_resources(bytes_of(PHOTOSHOP) or b"")
    return replace(
        decoded,
        icc=bytes_of(ICC_PROFILE) if decoded.icc is None else decoded.icc,
        exif=exif.to_bytes() if exif.describes_the_photo else None,
        xmp=bytes_of(XMP),
        iptc=iptc,
        dpi=exif.resolution(),
        orientation=exif.orientation,
    )


def _read_page(source: Source, stream: BinaryIO, page: tifffile.TiffPage) -> Decoded:
    bits = page.bitspersample
    channels = page.samplesperpixel
    source.check_size(
        page.imagewidth,
        page.imagelength * max(1, page.imagedepth),
        bytes_per_pixel=channels * max(1, bits // 8),
    )
    if page.imagedepth > 1 or page.sampleformat in (5, 6):
        raise source.refuse("holds scientific data that is no picture", advice=_SAVE_AGAIN)
    _check_complete(source, stream, page)
    samples = page.asarray()
    if page.planarconfig == 2 and samples.ndim == 3:
        samples = np.moveaxis(samples, 0, -1)
    samples, has_alpha, notes = _pick_channels(source, page, samples)
    return _to_picture(source, page, samples, has_alpha=has_alpha, notes=notes)


def _check_complete(source: Source, stream: BinaryIO, page: tifffile.TiffPage) -> None:
    """Refuse a file that ends before its strips do: decoders would fill them with black."""
    end = stream.seek(0, os.SEEK_END)
    strips = zip(page.dataoffsets, page.databytecounts, strict=False)
    rows, columns = max(1, page.rowsperstrip or 1), page.imagewidth
    expected = -(-page.imagelength // rows)
    if page.is_tiled:
        rows, wide = page.tilelength, page.tilewidth
        expected = -(-page.imagelength // rows) * -(-columns // wide)
    if page.planarconfig == 2:
        expected *= page.samplesperpixel
    present = 0
    for offset, length in strips:
        if length <= 0 or offset + length > end:
            raise source.refuse(TRUNCATED, advice=COPY_AGAIN)
        present += 1
    if present < expected:
        raise source.refuse(TRUNCATED, advice=COPY_AGAIN)


def _pick_channels(
    source: Source, page: tifffile.TiffPage, samples: Pixels
) -> tuple[Pixels, bool, tuple[str, ...]]:
    """Return the colour channels, with straight alpha as the last one where there is any."""
    colours = {_RGB: 3, _CMYK: 4, _YCBCR: 3, _LAB: 3}.get(int(page.photometric), 1)
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    if channels < colours:
        raise source.refuse("is a TIFF file whose colours do not add up", advice=_SAVE_AGAIN)
    if channels == 1:
        return samples, False, ()
    extras = [int(extra) for extra in page.extrasamples][: channels - colours]
    alphas = [at for at, extra in enumerate(extras) if extra in (_ASSOCIATED, _UNASSOCIATED)]
    left_out = channels - colours - min(1, len(alphas))
    notes: tuple[str, ...] = ()
    if left_out:
        notes = (f"{left_out} extra channel(s) that are no transparency were left out.",)
    if not alphas:
        return samples[..., :colours], False, notes
    alpha = samples[..., colours + alphas[0], None]
    if extras[alphas[0]] == _ASSOCIATED:
        samples = _divide_by_alpha(samples[..., :colours], alpha)
        notes = (*notes, "Its transparency was multiplied into the colours: it was divided out.")
    elif channels == colours + 1:
        return samples, True, notes
    return np.concatenate([samples[..., :colours], alpha], axis=2), True, notes


def _divide_by_alpha(colours: Pixels, alpha: Pixels) -> Pixels:
    is_integer = np.issubdtype(colours.dtype, np.integer)
    white = np.iinfo(colours.dtype).max if is_integer else 1.0
    straight = np.zeros(colours.shape, np.float32)
    for rows in (slice(at, at + 256) for at in range(0, len(colours), 256)):
        part = colours[rows].astype(np.float32) * white
        np.divide(part, alpha[rows], out=straight[rows], where=alpha[rows] > 0)
    if not is_integer:
        return straight.astype(colours.dtype)
    np.rint(straight, out=straight)
    clipped: Pixels = np.minimum(straight, white, out=straight).astype(colours.dtype)
    return clipped


def _to_picture(
    source: Source,
    page: tifffile.TiffPage,
    samples: Pixels,
    *,
    has_alpha: bool,
    notes: tuple[str, ...],
) -> Decoded:
    photometric = int(page.photometric)
    if photometric == _PALETTE:
        coloured = gray_if_equal(_apply_palette(source, page, samples))
        return Decoded(coloured, "tiff", ink="gray" if coloured.ndim == 2 else "rgb")
    if photometric == _LAB:
        if samples.dtype not in (np.uint8, np.uint16) or has_alpha:
            raise source.refuse("is a Lab picture of an unusual kind", advice=_SAVE_AGAIN)
        notes = (*notes, "Its Lab colours were converted to sRGB.")
        return Decoded(lab_to_srgb(samples), "tiff", icc=b"", notes=notes)
    if photometric == _YCBCR and int(page.compression) not in _JPEG_COMPRESSIONS:
        raise source.refuse("is a YCbCr TIFF file, which cannot be shown", advice=_SAVE_AGAIN)
    samples, depth_notes = _to_depth(source, page, samples)
    if photometric == _MIN_IS_WHITE:
        white = np.iinfo(samples.dtype).max if samples.dtype != np.float32 else 1.0
        colours = 1 if has_alpha else None
        samples = samples.copy() if not samples.flags.writeable else samples
        part = samples[..., :colours] if samples.ndim == 3 else samples
        np.subtract(white, part, out=part)
    inks: dict[int, Literal["rgb", "cmyk"]] = {_RGB: "rgb", _YCBCR: "rgb", _CMYK: "cmyk"}
    return Decoded(
        samples,
        "tiff",
        ink=inks.get(photometric, "gray"),
        has_alpha=has_alpha,
        notes=notes + depth_notes,
    )


def _to_depth(
    source: Source, page: tifffile.TiffPage, samples: Pixels
) -> tuple[Pixels, tuple[str, ...]]:
    """Return the samples as uint8, uint16 or float32."""
    kind, size = samples.dtype.kind, samples.dtype.itemsize
    if kind == "b":
        return widen(samples.astype(np.uint8), 1), ()
    if kind == "u" and size <= 2:
        samples = samples if samples.dtype.isnative else samples.astype(samples.dtype.type)
        return widen(samples, page.bitspersample), ()
    if kind == "u":
        white = np.iinfo(samples.dtype).max
        return (samples / white).astype(np.float32), ("Its 32-bit integers became floats.",)
    if kind == "f":
        with np.errstate(over="ignore"):  # what becomes infinite is refused later
            return samples.astype(np.float32, copy=False), ()
    raise source.refuse(
        f"holds {samples.dtype.name} samples, where whole numbers or floats from 0 were expected",
        advice=_SAVE_AGAIN,
    )


def _apply_palette(source: Source, page: tifffile.TiffPage, samples: Pixels) -> Pixels:
    if page.colormap is None or samples.ndim != 2:
        raise source.refuse("is a palette picture without a palette", advice=_SAVE_AGAIN)
    palette = page.colormap.T
    if palette.max(initial=0) >= 256:  # old programs wrote 8-bit palettes where 16 bits belong
        palette = np.rint(palette / 257)
    coloured: Pixels = palette.astype(np.uint8)[np.minimum(samples, len(palette) - 1)]
    return coloured
