"""What several networks made of one picture; no torch, so that the window can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer


@dataclass(frozen=True, slots=True, eq=False)
class NetworkCell:
    """How far one network is.

    Attributes:
        network: its id.
        title: for people.
        parameters: how many numbers are fitted; 0 where it could not be built.
        iteration: how many were done.
        seconds: they took, without pauses.
        image: the picture with its missing pixels as they are filled now; None where it failed.
        losses: (iterations,) float32, mean squared errors of the known pixels, read-only.
        psnr: of the missing pixels against the truth, in dB; None without one.
        problem: why it failed, a sentence; "" where it did not.
    """

    network: str
    title: str
    parameters: int
    iteration: int
    seconds: float
    image: ImageBuffer | None
    losses: NDArray[np.float32]
    psnr: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGrid:
    """Several networks on the same picture and mask.

    Attributes:
        observed: what all were given, gray where pixels are missing.
        truth: as it should be; None where unknown.
        cells: one for each network, in the order asked.
    """

    observed: ImageBuffer
    truth: ImageBuffer | None
    cells: tuple[NetworkCell, ...]
