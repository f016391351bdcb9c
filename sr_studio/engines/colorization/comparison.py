"""How near found colours come to a picture's own, where it has any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.imaging.lab import lab_to_rgb
from sr_studio.metrics.colour import ab_distances, ab_psnr, colourfulness, share_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR_AB = 20  # units: as like as two greens of a meadow


@dataclass(frozen=True, slots=True)
class ColourComparison:
    """What ground-truth mode tells; see sr_studio.metrics.colour.

    Attributes:
        ab_psnr: of a and b, dB.
        share_near: of the pixels, within NEAR_AB units.
        colourfulness: of the result.
        true_colourfulness: of the picture.
    """

    ab_psnr: float
    share_near: float
    colourfulness: float
    true_colourfulness: float


def measure_colours(
    lightness: NDArray[np.float32], ab: NDArray[np.float32], truth: NDArray[np.float32]
) -> ColourComparison:
    """Compare colours (h, w, 2) on L (h, w) with the true (h, w, 3) sRGB in [0, 1]."""
    result = lab_to_rgb(np.concatenate([lightness[..., None], ab], -1))
    distances = ab_distances(result, truth)
    return ColourComparison(
        ab_psnr(distances),
        share_within(distances, NEAR_AB),
        colourfulness(result),
        colourfulness(truth),
    )
