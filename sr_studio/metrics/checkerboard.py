"""How much of a picture's fine detail is a pattern that repeats with the stride of upsampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels

_ROUNDING = 1e-6  # of the largest value: fine detail below it is what float32 leaves of a constant


@dataclass(frozen=True, slots=True)
class Checkerboard:
    """The pattern of one period all over a picture.

    Attributes:
        share: energy of the pattern over the energy of all fine detail, 0 to 1; 0 where there is
            no fine detail at all.
        amplitude: root mean square of the pattern, in the picture's own units.
    """

    share: float
    amplitude: float


def checkerboard(picture: Pixels, *, period_px: int) -> Checkerboard:
    """Measure what repeats every `period_px` rows and columns.

    Fine detail is the picture less its mean over one period around each pixel (a box, for even
    periods with half weights at both ends). That mean has zeros at all multiples of 1/period but
    frequency 0: constants and ramps vanish from the detail, patterns of the period stay whole. The
    detail is averaged over all pixels of the same phase, (y mod period, x mod period), which gives
    period² values; their variance is the pattern's energy. By Parseval's theorem that is the
    detail's energy at exactly the frequencies (k/period, l/period) other than (0, 0): the stride's
    frequencies, at which Odena et al., "Deconvolution and Checkerboard Artifacts", Distill 2016,
    https://doi.org/10.23915/distill.00003, see the artifact.

    White noise without a pattern gives a share of about period² over the number of pixels.

    Args:
        picture: (H, W) or (H, W, C), any dtype and range; energies are summed over channels.
        period_px: the stride, 2 or more.

    Raises:
        ValueError: a period below 2, or a side below four periods.
    """
    if period_px < 2 or min(picture.shape[:2]) < 4 * period_px:
        raise ValueError(
            f"a period of 2 px or more and sides of four periods are wanted, "
            f"not {period_px} px in {picture.shape}"
        )
    values = picture.astype(np.float64)
    reach_px = period_px // 2
    detail = values[reach_px:-reach_px, reach_px:-reach_px] - _mean_over_period(values, period_px)
    rows, columns = (side // period_px for side in detail.shape[:2])
    detail = detail[: rows * period_px, : columns * period_px]
    # axes: rows, phase_y, columns, phase_x and the channels, if any
    phases = detail.reshape(rows, period_px, columns, period_px, *detail.shape[2:]).mean((0, 2))
    energy = float(np.mean(np.square(detail)))
    pattern = float(np.mean(np.square(phases - phases.mean((0, 1)))))
    if energy <= (_ROUNDING * float(np.abs(values).max())) ** 2:
        return Checkerboard(0.0, 0.0)
    return Checkerboard(pattern / energy, pattern**0.5)


def _mean_over_period(values: NDArray[np.float64], period_px: int) -> NDArray[Any]:
    """Return the mean over one period around each pixel, period // 2 px less at each border."""
    weights = np.full(2 * (period_px // 2) + 1, 1 / period_px)
    if period_px % 2 == 0:
        weights[[0, -1]] /= 2
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), axis)
        values = windows @ weights
    return values
