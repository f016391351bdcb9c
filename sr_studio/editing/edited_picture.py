"""A picture whose parts are exchanged one after the other, each of which can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.imaging.region import Region


@dataclass(slots=True, eq=False)
class PicturePatch:
    """What another picture has in a region, to be put there and taken back.

    Attributes:
        region: of the picture.
        pixels: (h, w, C) that it does not have at present.
        alpha: (h, w) of the same kind, None where it has none.
    """

    region: Region
    pixels: Pixels
    alpha: Pixels | None

    @property
    def nbytes(self) -> int:
        return self.pixels.nbytes + (0 if self.alpha is None else self.alpha.nbytes)


class EditedPicture:
    """Holds the picture as it is now; every state of it is an ImageBuffer of its own.

    Args:
        image: at first.
    """

    def __init__(self, image: ImageBuffer) -> None:
        self._image = image

    @property
    def image(self) -> ImageBuffer:
        return self._image

    def take(self, changed: ImageBuffer, region: Region) -> PicturePatch:
        """Go on with `changed`, of the same size and depth, which differs only in the region."""
        patch = _cut(self._image, region)
        self._image = changed
        return patch

    def put(self, part: ImageBuffer, region: Region) -> PicturePatch:
        """Go on with `part`, of the same depth, in the region."""
        patch = PicturePatch(region, part.pixels, part.alpha)
        self.swap(patch)
        return patch

    def swap(self, patch: PicturePatch) -> Region:
        """Exchange the region with what the patch holds; return the region."""
        present = _cut(self._image, patch.region)
        pixels = np.array(self._image.pixels)
        pixels[patch.region.slices] = patch.pixels
        alpha = self._image.alpha
        if alpha is not None and patch.alpha is not None:
            alpha = np.array(alpha)
            alpha[patch.region.slices] = patch.alpha
        self._image = replace(self._image, pixels=pixels, alpha=alpha)
        patch.pixels, patch.alpha = present.pixels, present.alpha
        return patch.region


def _cut(image: ImageBuffer, region: Region) -> PicturePatch:
    part = image.cut(region)
    return PicturePatch(region, part.pixels, part.alpha)
