"""Camera raw files, through the extra `raw` (rawpy, LibRaw)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sr_studio.imaging.exif import read_exif
from sr_studio.imaging.formats._decoded import Decoded
from sr_studio.imaging.tiff_directory import DirectoryReader

if TYPE_CHECKING:
    from sr_studio.imaging.formats._source import Source
    from sr_studio.imaging.image_buffer import Pixels

_SRGB_CURVE = (2.4, 12.92)


def read_raw(source: Source) -> Decoded:
    """Develop a raw file to 16-bit sRGB with the camera's white balance.

    Raises:
        UnreadableImage: the extra is not installed; too large.
        RuntimeError, ValueError: damaged, or a camera that LibRaw does not know.
    """
    try:
        import rawpy  # an extra
    except ImportError as error:
        raise source.refuse(
            "is a camera raw file, for which a part is missing",
            advice='Add it with: pip install "sr-studio[raw]"',
        ) from error
    try:
        with source.open() as stream, rawpy.imread(stream) as raw:
            # 24 bytes a pixel while LibRaw works
            source.check_size(raw.sizes.width, raw.sizes.height, bytes_per_pixel=12)
            samples: Pixels = raw.postprocess(
                output_bps=16,
                use_camera_wb=True,
                no_auto_bright=True,
                gamma=_SRGB_CURVE,
                output_color=rawpy.ColorSpace.sRGB,
            )
    except rawpy.LibRawError as error:
        raise ValueError("LibRaw could not develop it") from error
    return Decoded(
        samples,
        "raw",
        exif=_exif(source),
        orientation=1,  # LibRaw turned it upright
        notes=("Developed to 16-bit sRGB with the camera's white balance.",),
    )


def _exif(source: Source) -> bytes | None:
    """Return the camera's EXIF data where the raw file is built like TIFF."""
    with source.open() as stream:

        def read_at(offset: int, length: int) -> bytes:
            stream.seek(offset)
            return stream.read(length)

        try:
            return read_exif(DirectoryReader(read_at)).to_bytes()
        except ValueError:
            return None
