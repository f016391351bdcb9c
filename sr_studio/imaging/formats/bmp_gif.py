"""BMP and GIF files, by Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sr_studio.imaging.formats._decoded import Decoded, ink_of

if TYPE_CHECKING:
    from sr_studio.imaging.formats._source import Source


def read_bmp(source: Source) -> Decoded:
    """Read BMP of any depth.

    Raises:
        UnreadableImage: too large.
        OSError, ValueError, SyntaxError: damaged.
    """
    with source.open() as stream, Image.open(stream, formats=["BMP"]) as picture:
        source.check_size(*picture.size, bytes_per_pixel=4)
        if picture.mode in ("1", "P"):
            mode = "L" if picture.mode == "1" else "RGB"
            samples = np.asarray(picture.convert(mode))
        else:
            samples = np.asarray(picture)
        dpi = picture.info.get("dpi")
    ink, has_alpha = ink_of(samples)
    return Decoded(samples, "bmp", ink=ink, has_alpha=has_alpha, dpi=dpi)


def read_gif(source: Source) -> Decoded:
    """Read the first frame of a GIF; transparency becomes alpha.

    Raises:
        UnreadableImage: too large.
        OSError, ValueError, SyntaxError: damaged.
    """
    with source.open() as stream, Image.open(stream, formats=["GIF"]) as picture:
        source.check_size(*picture.size, bytes_per_pixel=4)
        has_alpha = "transparency" in picture.info
        is_gray = picture.mode == "L"
        mode = ("LA" if is_gray else "RGBA") if has_alpha else ("L" if is_gray else "RGB")
        samples = np.asarray(picture.convert(mode))
        is_animated = getattr(picture, "is_animated", False)
        xmp = picture.info.get("xmp")
    return Decoded(
        samples,
        "gif",
        ink="gray" if is_gray else "rgb",
        has_alpha=has_alpha,
        xmp=xmp,
        notes=("The first frame of the animation was read.",) if is_animated else (),
    )
