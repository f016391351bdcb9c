"""Masks to and from files, in the thread for files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.mask_image import coverage_of, mask_picture

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

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
    """Write a mask as PNG, white where pixels are missing."""

    coverage: NDArray[np.uint8]
    path: Path
    overwrite: bool = False

    def run(self, context: JobContext) -> Path:
        """Return where it lies."""
        context.checkpoint()
        encode_image(mask_picture(self.coverage), self.path, SaveOptions(overwrite=self.overwrite))
        return self.path
