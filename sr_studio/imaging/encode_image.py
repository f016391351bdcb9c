"""Writes an ImageBuffer as a picture file: atomically, in its own depth, with its metadata."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from sr_studio.errors import CannotWrite, InvalidRequest
from sr_studio.imaging.atomic_file import atomic_file
from sr_studio.imaging.colour import DisplayTransform, is_usable_profile
from sr_studio.imaging.formats import avif, jpeg, webp
from sr_studio.imaging.formats.avif import write_avif
from sr_studio.imaging.formats.jpeg import write_jpeg
from sr_studio.imaging.formats.png import write_png
from sr_studio.imaging.formats.tiff_writer import write_tiff
from sr_studio.imaging.formats.webp import write_webp
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float
from sr_studio.imaging.metadata import MetadataMode, metadata_for_saving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.metadata import SavedMetadata

SavedFormat = Literal["jpeg", "png", "tiff", "webp", "avif"]
Depth = Literal["same", "8", "16", "float"]

_FORMAT_OF_SUFFIX: Final[dict[str, SavedFormat]] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
    ".avif": "avif",
}
_TITLES: Final = {
    "jpeg": "JPEG",
    "png": "PNG",
    "tiff": "TIFF",
    "webp": "WebP",
    "avif": "AVIF",
}
_DEPTHS: Final[dict[SavedFormat, tuple[type[np.generic], ...]]] = {
    "jpeg": (np.uint8,),
    "png": (np.uint8, np.uint16),
    "tiff": (np.uint8, np.uint16, np.float32),
    "webp": (np.uint8,),
    "avif": (np.uint8,),
}
_DTYPE_OF_DEPTH: Final = {"8": np.uint8, "16": np.uint16, "float": np.float32}
_LONGEST_SIDES: Final = {"jpeg": jpeg.MAX_SIDE, "webp": webp.MAX_SIDE, "avif": avif.MAX_SIDE}
_LOSSY_WRITERS: Final[dict[str, Callable[[Path, Pixels, SavedMetadata, int], tuple[str, ...]]]] = {
    "jpeg": write_jpeg,
    "webp": write_webp,
    "avif": write_avif,
}
_ROWS = 256


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How to save.

    Attributes:
        file_format: "auto" goes by the suffix of the path.
        quality: 1 to 100 for JPEG, WebP (100 is lossless) and AVIF.
        depth: bits a sample; what the format cannot hold becomes the nearest that it can.
        metadata: "keep", "no-place" without position and place names, "strip" all but colour
            profile and resolution.
        description: what was done; goes into EXIF's Software, and into ImageDescription where
            that is empty.
        overwrite: replace a file that stands there.
    """

    file_format: Literal["auto", "jpeg", "png", "tiff", "webp", "avif"] = "auto"
    quality: int = 95
    depth: Depth = "same"
    metadata: MetadataMode = "keep"
    description: str = ""
    overwrite: bool = False


def encode_image(
    image: ImageBuffer, path: Path, options: SaveOptions | None = None
) -> tuple[str, ...]:
    """Write a picture; it is there whole or not at all.

    Args:
        image: may be a memory map; no second copy in float is made.
        path: the file to write.
        options: defaults without.

    Returns:
        What the file could not hold, a sentence each.

    Raises:
        OutputExists: a file stands there and overwriting was not asked for.
        CannotWrite: the folder, the disk, the name or the format does not allow it.
        InvalidRequest: a quality outside of 1 to 100.
    """
    options = options or SaveOptions()
    if not 1 <= options.quality <= 100:
        raise InvalidRequest(
            f"The quality is a number from 1 to 100, not {options.quality}.",
            advice="95 is good for photographs.",
        )
    file_format = _choose_format(path, options.file_format)
    check_size(path, options.file_format, image.width, image.height)
    warnings = list(_losses(image, file_format, options.depth))
    metadata, metadata_warnings = metadata_for_saving(
        image.origin,
        width=image.width,
        height=image.height,
        mode=options.metadata,
        description=options.description,
    )
    warnings += metadata_warnings
    image, metadata, colour_warnings = _fit_colours(image, file_format, metadata)
    warnings += colour_warnings
    with atomic_file(path, overwrite=options.overwrite) as temporary:
        try:
            warnings += _write(image, temporary, file_format, options, metadata)
        except MemoryError as error:
            raise CannotWrite(
                f"{path} could not be written: there is not enough memory.",
                advice="Close other programs, or save it as TIFF, which needs the least.",
            ) from error
        except (RuntimeError, ValueError, struct.error) as error:
            raise CannotWrite(
                f"{path} could not be written: the {_TITLES[file_format]} encoder refused it.",
                advice="Save it as TIFF or PNG.",
            ) from error
    return tuple(warnings)


def check_name(path: Path, file_format: str) -> None:
    """Refuse a name that no format follows from, so that it need not be found out at the end.

    Args:
        path: of the file to be written.
        file_format: as in SaveOptions.

    Raises:
        CannotWrite: its ending names no format that can be written, and `file_format` is "auto".
    """
    _choose_format(path, file_format)


def check_size(path: Path, file_format: str, width: int, height: int) -> None:
    """Refuse a size that the format cannot hold, so that it need not be found out at the end.

    Args:
        path: of the file to be written.
        file_format: as in SaveOptions.
        width: of the picture.
        height: of the picture.

    Raises:
        CannotWrite: a side is too long, or `path` names no format.
    """
    chosen = _choose_format(path, file_format)
    longest_px = _LONGEST_SIDES.get(chosen)
    if longest_px is not None and max(width, height) > longest_px:
        raise CannotWrite(
            f"{_TITLES[chosen]} holds at most {longest_px} pixels on a side, "
            f"not {width} x {height}.",
            advice="Save it as PNG or TIFF, or choose a smaller size.",
        )


def losses_of_format(image: ImageBuffer, file_format: str) -> tuple[str, ...]:
    """Return what saving this picture in this format would lose, a sentence each.

    Raises:
        ValueError: no format that is written.
    """
    if file_format not in get_args(SavedFormat):
        raise ValueError(f"one of {get_args(SavedFormat)}, not {file_format!r}")
    chosen: SavedFormat = next(name for name in _DEPTHS if name == file_format)
    return _losses(image, chosen, "same")


def _choose_format(path: Path, asked: str) -> SavedFormat:
    for name in _DEPTHS:
        if name == asked:
            return name
    suffix = path.suffix.lower()
    if suffix not in _FORMAT_OF_SUFFIX:
        ending = f"ends in {path.suffix}" if path.suffix else "has no ending"
        raise CannotWrite(
            f"{path.name} {ending}, which names no format that can be written.",
            advice="End the name in .jpg, .png, .tif, .webp or .avif.",
        )
    return _FORMAT_OF_SUFFIX[suffix]


def _saved_dtype(
    image: ImageBuffer, file_format: SavedFormat, depth: Depth
) -> np.dtype[np.generic]:
    """Return the wanted depth, or the deepest that the format holds."""
    wanted = image.pixels.dtype if depth == "same" else np.dtype(_DTYPE_OF_DEPTH[depth])
    possible = [np.dtype(dtype) for dtype in _DEPTHS[file_format]]
    return wanted if wanted in possible else possible[-1]


def _losses(image: ImageBuffer, file_format: SavedFormat, depth: Depth) -> tuple[str, ...]:
    title = _TITLES[file_format]
    losses = []
    wanted = image.pixels.dtype if depth == "same" else np.dtype(_DTYPE_OF_DEPTH[depth])
    saved = _saved_dtype(image, file_format, depth)
    if saved != wanted:
        names = {"uint8": "8 bits", "uint16": "16 bits", "float32": "floating point"}
        losses.append(f"{title} cannot hold {names[wanted.name]}: {names[saved.name]} are written.")
    if image.alpha is not None and file_format == "jpeg":
        losses.append("JPEG cannot hold transparency: it is laid over white.")
    if image.origin.iptc and file_format in ("webp", "avif"):
        losses.append(f"{title} cannot hold IPTC records: they are left out.")
    return tuple(losses)


def _fit_colours(
    image: ImageBuffer, file_format: SavedFormat, metadata: SavedMetadata
) -> tuple[ImageBuffer, SavedMetadata, tuple[str, ...]]:
    """Make profile and channels fit each other: a gray picture may have become colour."""
    icc = metadata.icc
    if icc is None:
        return image, metadata, ()
    if not is_usable_profile(icc, "gray" if image.is_gray else "rgb"):
        return image, replace(metadata, icc=None), ("The colour profile does not fit: left out.",)
    if file_format != "webp" or not image.is_gray:
        return image, metadata, ()
    # WebP stores gray as RGB, for which a gray profile means nothing
    shown = DisplayTransform(icc, is_gray=True)(image.pixels)
    alpha = None if image.alpha is None else _convert(image.alpha, np.dtype(np.uint8))
    warning = "WebP cannot hold a gray profile: its grays were converted to sRGB."
    return replace(image, pixels=shown, alpha=alpha), replace(metadata, icc=None), (warning,)


def _write(
    image: ImageBuffer,
    path: Path,
    file_format: SavedFormat,
    options: SaveOptions,
    metadata: SavedMetadata,
) -> tuple[str, ...]:
    dtype = _saved_dtype(image, file_format, options.depth)
    if file_format == "tiff":
        pixels = _convert(image.pixels, dtype)
        alpha = None if image.alpha is None else _convert(image.alpha, dtype)
        return write_tiff(path, pixels, alpha, metadata)
    samples = _interleave(image, dtype, file_format)
    if file_format == "png":
        return write_png(path, samples, metadata)
    return _LOSSY_WRITERS[file_format](path, samples, metadata, options.quality)


def _interleave(
    image: ImageBuffer, dtype: np.dtype[np.generic], file_format: SavedFormat
) -> Pixels:
    """Return the channels as the format stores them, contiguous; a copy only where needed."""
    pixels, alpha = image.pixels, image.alpha
    needs_colour = image.is_gray and (
        file_format == "webp" or (file_format == "avif" and alpha is not None)
    )
    keeps_alpha = alpha is not None and file_format != "jpeg"
    if not needs_colour and alpha is None:
        return np.ascontiguousarray(_convert(pixels, dtype))
    colours = 3 if needs_colour else pixels.shape[2]
    samples = np.empty((*pixels.shape[:2], colours + keeps_alpha), dtype)
    for rows in (slice(at, at + _ROWS) for at in range(0, len(pixels), _ROWS)):
        if alpha is not None and not keeps_alpha:
            samples[rows] = from_float(_over_white(pixels[rows], alpha[rows]), dtype)
            continue
        samples[rows, :, :colours] = _convert(pixels[rows], dtype)
        if alpha is not None:
            samples[rows, :, colours] = _convert(alpha[rows], dtype)
    return samples


def _over_white(pixels: Pixels, alpha: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    opacity = to_float(alpha)[..., None]
    return to_float(pixels) * opacity + (1 - opacity)


def _convert(values: Pixels, dtype: np.dtype[np.generic]) -> Pixels:
    """Return values in another depth, white stays white; in strips, so that no float copy grows."""
    if values.dtype == dtype:
        return values
    converted: Pixels = np.empty(values.shape, dtype)
    for rows in (slice(at, at + _ROWS) for at in range(0, len(values), _ROWS)):
        if values.dtype == np.uint8 and dtype == np.uint16:
            np.multiply(values[rows], np.uint16(257), out=converted[rows], dtype=np.uint16)
        else:
            converted[rows] = from_float(to_float(values[rows]), dtype)
    return converted
