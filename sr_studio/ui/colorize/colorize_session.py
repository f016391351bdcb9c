"""What was hinted and found on one picture, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.editing.hint_layer import HintLayer
from sr_studio.editing.undo import UndoStack
from sr_studio.imaging.colour_map import gray_part
from sr_studio.imaging.lab import lightness_of
from sr_studio.imaging.region import Region
from sr_studio.ui.colorize.colour_controls import paint_of

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.engines.colorization.palette import LikelyColour
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._colorize_pictures import ColorizeSettings, FoundColours

WorkKey = tuple[tuple["Hint", ...], "ColorizeSettings", "ImageBuffer | None"]
"""Hints, settings and reference that colours were found for."""


class ColorizeSession:
    """One open picture in the Colorize panel; lives in the GUI thread.

    Attributes:
        source: the picture as it was opened.
        path: its file; None for one that has none.
        layer: the hints.
        history: of the hints.
        found: the newest colours; None before the first.
        found_for: what they were found for.
        has_unread_hints: beside it lies a file of hints that could not be read.
    """

    def __init__(self, source: ImageBuffer, path: Path | None = None) -> None:
        self.source = source
        self.path = path
        self.layer = HintLayer(source.width, source.height)
        self.history = UndoStack()
        self.found: FoundColours | None = None
        self.found_for: WorkKey | None = None
        self.has_unread_hints = False
        self._lightness: dict[tuple[int, int], float] = {}

    def lightness_at(self, x: float, y: float) -> float:
        """Return L of the picture at a place, the nearest where it lies outside."""
        pixel = self._pixel(x, y)
        place = pixel.x, pixel.y
        if place not in self._lightness:  # by a profile it takes 3 ms, for each hint at each paint
            gray = gray_part(self.source.pixels[pixel.slices], self.source.origin.icc_profile)
            self._lightness[place] = float(lightness_of(gray)[0, 0])
        return self._lightness[place]

    def colour_at(self, x: float, y: float) -> tuple[float, float]:
        """Return a and b of a hint that has there what is seen by the newest colours.

        The saturation makes a hint's colour stronger as well, so that it is taken out.
        """
        if self.found is None or self.found_for is None:
            return (0.0, 0.0)
        saturation = self.found_for[1].saturation
        lightness = np.array([[self.lightness_at(x, y)]], np.float32)
        size = self.source.width, self.source.height
        a, b = self.found.colours.ab(lightness, size, self._pixel(x, y))[0, 0]
        return (float(a) / saturation, float(b) / saturation) if saturation else (0.0, 0.0)

    def palette_at(self, x: float, y: float) -> tuple[LikelyColour, ...]:
        """Return what the network thinks likely there; nothing without one."""
        if self.found is None or self.found.distribution is None:
            return ()
        return self.found.distribution.palette(x, y)

    def paint_of(self, hint: Hint) -> tuple[int, int, int]:
        """Return 8-bit sRGB of a hint's colour, on the lightness that it lies on."""
        return paint_of(hint.ab, self.lightness_at(*hint.points[0]))

    def _pixel(self, x: float, y: float) -> Region:
        column = min(max(int(x), 0), self.source.width - 1)
        row = min(max(int(y), 0), self.source.height - 1)
        return Region(column, row, 1, 1)
