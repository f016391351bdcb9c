"""What was brushed and filled on one picture, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.editing.edited_picture import EditedPicture, PicturePatch
from sr_studio.editing.mask_edit import MaskEdit
from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.editing.undo import UndoStack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskPatch
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.tasks._inpaint_pictures import Inpainted


@dataclass(slots=True, eq=False)
class FillEdit:
    """A fill as a step of the history: the picture is another and the mask is empty.

    Attributes:
        text: for the menu.
        method: that filled.
        is_done: whether the picture has it at present.
    """

    text: str
    method: str
    picture: EditedPicture
    patch: PicturePatch
    layer: MaskLayer
    mask_patch: MaskPatch | None
    is_done: bool = True

    @property
    def nbytes(self) -> int:
        return self.patch.nbytes + (0 if self.mask_patch is None else self.mask_patch.nbytes)

    def swap(self) -> Region:
        self.is_done = not self.is_done
        region = self.picture.swap(self.patch)
        if self.mask_patch is not None:
            self.layer.swap(self.mask_patch)
        return region


class InpaintSession:
    """One open picture in the Inpaint panel; lives in the GUI thread.

    Attributes:
        source: the picture as it was opened.
        layer: the mask.
        history: of strokes and fills in one row.
        choices: what several methods made of the mask, while the user has not chosen.
        fills: methods of the fills that the picture has at present, first to last.
    """

    def __init__(self, source: ImageBuffer) -> None:
        self.source = source
        self.layer = MaskLayer(source.width, source.height)
        self.history = UndoStack()
        self.choices: tuple[Inpainted, ...] = ()
        self._picture = EditedPicture(source)
        self._fills: list[FillEdit] = []

    @property
    def image(self) -> ImageBuffer:
        """The picture as it is now."""
        return self._picture.image

    @property
    def fills(self) -> tuple[str, ...]:
        return tuple(fill.method for fill in self._fills if fill.is_done)

    def edit_mask(self, patch: MaskPatch | None, text: str) -> None:
        """Remember a change of the mask that was made; None was none."""
        if patch is not None:
            self.history.push(MaskEdit(self.layer, patch, text))

    def replace_mask(self, coverage: NDArray[np.uint8], text: str) -> Region | None:
        """Set the whole mask; return where it has changed, None where nowhere."""
        patch = self.layer.write(self.layer.whole, coverage)
        self.edit_mask(patch, text)
        return None if patch is None else patch.region

    def take_fill(self, filled: ImageBuffer, region: Region, method: str, text: str) -> None:
        """Go on with a filled picture and an empty mask."""
        self._push_fill(self._picture.take(filled, region), method, text)

    def take_part(self, part: ImageBuffer, region: Region, method: str, text: str) -> None:
        """Go on with the filled part in the picture and an empty mask."""
        self._push_fill(self._picture.put(part, region), method, text)

    def _push_fill(self, patch: PicturePatch, method: str, text: str) -> None:
        region = patch.region
        empty = np.zeros_like(self.layer.coverage[region.slices])
        mask_patch = self.layer.write(region, empty)
        fill = FillEdit(text, method, self._picture, patch, self.layer, mask_patch)
        self.choices = ()
        self._fills = [*(each for each in self._fills if each.is_done), fill]
        self.history.push(fill)
