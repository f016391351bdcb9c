"""What several fits show side by side; no torch, so that the window can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer


@dataclass(frozen=True, slots=True, eq=False)
class FitsCompared:
    """Where each of several fits stands after the same number of iterations.

    Attributes:
        names: of the fits.
        losses: (fits, iterations) float32, read-only; NaN after one that failed.
        pictures: what each makes now.
        psnrs: of what was missing, in dB; None where the truth is not known.
        problems: why one failed; "" for those that did not.
    """

    names: tuple[str, ...]
    losses: NDArray[np.float32]
    pictures: tuple[ImageBuffer, ...]
    psnrs: tuple[float | None, ...]
    problems: tuple[str, ...]

    def last_losses(self) -> tuple[float, ...]:
        """Return the loss of each at the end."""
        return tuple(float(row[row == row][-1]) if (row == row).any() else float("nan")
                     for row in self.losses)  # fmt: skip

    def iterations_to(self, loss: float) -> tuple[int | None, ...]:
        """Return after how many iterations each was learned to this loss; None where not yet."""
        reached = self.losses <= loss
        return tuple(int(row.argmax()) + 1 if row.any() else None for row in reached)
