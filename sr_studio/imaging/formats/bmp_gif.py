"""BMP and GIF files, by Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sr_studio.imaging.formats._decoded import Decoded, gray_if_equal, ink_of

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
        if picture.mode == "P":
            samples = gray_if_equal(np.asarray(picture.convert("RGB")))
        else:
            samples = np.asarray(picture.convert("L") if picture.mode == "1" else picture)
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
        coloured = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
        is_animated = getattr(picture, "is_animated", False)
        xmp = picture.info.get("xmp")
    colours = gray_if_equal(coloured[..., :3])
    return Decoded(
        np.dstack([colours, coloured[..., 3]]) if has_alpha else colours,
        "gif",
        ink="gray" if colours.ndim == 2 else "rgb",
        has_alpha=has_alpha,
        xmp=xmp,
        notes=("The first frame of the animation was read.",) if is_animated else (),
    )
