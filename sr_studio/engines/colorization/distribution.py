"""What a network thinks of the colours of a picture: how likely each is at each place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from sr_studio.engines.colorization.palette import LikelyColour, likely_colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.engines.colorization.hints import Hint

_BLUR_SHARE = 1 / 40  # of the longer side: a hint helps an area, not a pixel
_RIM_SHARE = 0.08  # of a side: what lies at the rim matters least
_SETTLED_SHARE = 1 / 8  # of the longer side, around a hint that is there


@dataclass(frozen=True, slots=True, eq=False)
class ColourDistribution:
    """A distribution over bins for each cell of a grid over the picture; read-only.

    Attributes:
        shares: (h, w, Q) float16, each cell sums to 1.
        bins: (Q, 2) float32, units of a and b.
        full_size: (width, height) of the picture.
    """

    shares: NDArray[np.float16]
    bins: NDArray[np.float32]
    full_size: tuple[int, int]

    def __post_init__(self) -> None:
        self.shares.flags.writeable = False
        self.bins.flags.writeable = False

    def palette(self, x: float, y: float, most: int = 8) -> tuple[LikelyColour, ...]:
        """Return the likely colours at a place of the picture, the most likely first."""
        height, width = self.shares.shape[:2]
        column = int(np.clip(x / self.full_size[0] * width, 0, width - 1))
        row = int(np.clip(y / self.full_size[1] * height, 0, height - 1))
        return likely_colours(self.shares[row, column].astype(np.float32), self.bins, most)

    def uncertainty(self) -> NDArray[np.uint8]:
        """Return the entropy of each cell (h, w), 255 where every colour is as likely."""
        shares = self.shares.astype(np.float32)
        nats = -(shares * np.log(np.maximum(shares, 1e-7))).sum(-1)
        level = np.clip(nats / np.log(len(self.bins)), 0, 1)
        return np.asarray(np.rint(level * 255), np.uint8)

    def suggest_place(self, hints: tuple[Hint, ...]) -> tuple[float, float]:
        """Return (x, y) in the picture where a hint would tell the network most.

        Where it is least sure over an area, away from the hints that there are.
        """
        height, width = self.shares.shape[:2]
        sigma = max(height, width) * _BLUR_SHARE
        unsure = cv2.GaussianBlur(self.uncertainty().astype(np.float32), (0, 0), sigma)
        scale = np.array([width / self.full_size[0], height / self.full_size[1]])
        rows, columns = np.mgrid[:height, :width] + 0.5
        rim = np.minimum(
            np.minimum(rows, height - rows) / height, np.minimum(columns, width - columns) / width
        )
        unsure = unsure * np.clip(rim / _RIM_SHARE, 0, 1)
        settled = max(height, width) * _SETTLED_SHARE
        for hint in hints:
            for x, y in np.array(hint.points) * scale:
                near = np.hypot(columns - x, rows - y) / settled
                unsure = unsure * np.clip(near, 0, 1)
        row, column = np.unravel_index(int(unsure.argmax()), unsure.shape)
        return float((column + 0.5) / scale[0]), float((row + 0.5) / scale[1])
