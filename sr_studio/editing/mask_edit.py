"""A change of a mask as a step of the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sr_studio.editing.mask_layer import MaskLayer, MaskPatch
    from sr_studio.imaging.region import Region


@dataclass(frozen=True, slots=True, eq=False)
class MaskEdit:
    """One stroke, selection or operation.

    Attributes:
        layer: that was changed.
        patch: that takes it back.
        text: for the menu.
    """

    layer: MaskLayer
    patch: MaskPatch
    text: str

    @property
    def nbytes(self) -> int:
        return self.patch.nbytes

    def swap(self) -> Region:
        return self.layer.swap(self.patch)
