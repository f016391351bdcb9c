"""What the experiment on noise shows; no torch, so that the window can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer

TARGETS = ("picture", "noisy", "shuffled", "noise")
"""A picture, the same with noise, with its pixels shuffled, and noise alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Resistance:
    """How one network learned each of TARGETS.

    Attributes:
        losses: (4, iterations) float32, mean squared errors, read-only.
        pictures: what it makes of each now.
    """

    losses: NDArray[np.float32]
    pictures: tuple[ImageBuffer, ...]

    def iterations_to(self, loss: float) -> tuple[int | None, ...]:
        """Return after how many iterations each was learned to this loss; None where not yet."""
        reached = self.losses <= loss
        return tuple(int(row.argmax()) + 1 if row.any() else None for row in reached)
