"""Masks to and from files, in the thread for files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.mask_image import coverage_of, mask_picture, with_mask_as_alpha

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class ReadMaskRequest:
    """Read the mask of a picture of this size."""

    path: Path
    width: int
    height: int

    def run(self, context: JobContext) -> NDArray[np.uint8]:
        """Return (H, W), 255 missing."""
        context.checkpoint()
        return coverage_of(decode_image(self.path), self.width, self.height)


@dataclass(frozen=True, slots=True, eq=False)
class WriteMaskRequest:
    """Write a mask, white where pixels are missing, or a picture that is transparent there.

    Attributes:
        coverage: (H, W), 255 missing.
        path: of a format that has what is to be written.
        picture: None for the mask alone.
    """

    coverage: NDArray[np.uint8]
    path: Path
    picture: ImageBuffer | None = None
    overwrite: bool = False

    def run(self, context: JobContext) -> Path:
        """Return where it lies."""
        context.checkpoint()
        if self.picture is None:
            written = mask_picture(self.coverage)
        else:
            written = with_mask_as_alpha(self.picture, self.coverage)
        encode_image(written, self.path, SaveOptions(overwrite=self.overwrite))
        return self.path
