"""What finds damage says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


class Find(Protocol):
    """Finds one kind of damage."""

    def __call__(
        self, image: ImageBuffer, *, sensitivity: float, context: JobContext
    ) -> NDArray[np.uint8]:
        """Return the mask, (H, W) uint8: 255 where a pixel is to be filled.

        Args:
            image: any size and depth, gray or RGB.
            sensitivity: from 0, only what is certain, to 1, all that might be.
            context: cancels within about a second.
        """


@dataclass(frozen=True, slots=True)
class AutomaticMask:
    """One kind of damage: one file, found by discovery.

    Attributes:
        id: what users type.
        title: for the window.
        find: see there.
    """

    id: str
    title: str
    find: Find
