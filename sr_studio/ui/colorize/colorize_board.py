"""What the canvas shows of a picture that is coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from sr_studio.engines.colorization.comparison import NEAR_AB, ColourComparison
from sr_studio.imaging.colour_map import ColourMap
from sr_studio.imaging.pixel_source import BufferSource, ColouredSource, MapSource, PixelSource
from sr_studio.ui.canvas.comparison import Pane
from sr_studio.ui.canvas_note import canvas_note

if TYPE_CHECKING:
    from sr_studio.engines.colorization.distribution import ColourDistribution
    from sr_studio.tasks._colorize_pictures import FoundColours
    from sr_studio.ui.colorize.colorize_session import ColorizeSession
    from sr_studio.ui.panels._spec import Workplace


class ColorizeBoard(QObject):
    """The gray picture, beside it the coloured one, and what else is asked for.

    Attributes:
        is_active: it has the canvas.
    """

    def __init__(self, place: Workplace, parent: QObject) -> None:
        super().__init__(parent)
        self.is_active = False
        self._place = place
        self._session: ColorizeSession | None = None
        self._gray: ColouredSource | None = None
        self._coloured: tuple[FoundColours, ColouredSource] | None = None
        self._doubts: tuple[ColourDistribution, MapSource] | None = None
        self._original: BufferSource | None = None

    def show(self, session: ColorizeSession | None, *, has_doubts: bool) -> None:
        """Show the picture as it is by the newest colours.

        Args:
            session: of the picture; None while there is none.
            has_doubts: also show where the network is unsure.
        """
        if session is not self._session:
            self._session = session
            self._gray = self._coloured = self._doubts = self._original = None
        if not self.is_active:
            return
        if session is None:
            self._place.view.set_placeholder(canvas_note(self.tr("Open a photo to colour it.")))
            self._place.view.set_panes((), keep_view=False)
            self._place.middle.refresh()
            return
        if self._gray is None:
            self._gray = ColouredSource(session.source, ColourMap.empty())
        found = session.found
        # where there are no colours yet, hints are put and seen on the gray
        panes = [Pane(self.tr("Gray"), self._gray, has_marks=found is None)]
        if found is not None:
            caption = "" if found.figures is None else self._words_of(found.figures)
            panes.append(Pane(self.tr("Colorized"), self._coloured_source(session), caption))
            if has_doubts and found.distribution is not None:
                panes.append(Pane(self.tr("Unsure"), self._doubts_source(found.distribution)))
        if not session.source.is_gray:
            panes.append(Pane(self.tr("Original"), self._original_source(session), has_marks=False))
        self._place.view.set_panes(panes)
        self._place.middle.refresh()

    def _words_of(self, figures: ColourComparison) -> str:
        near = self.tr("%1 % within %2").replace("%1", f"{100 * figures.share_near:.0f}")
        return f"ab {figures.ab_psnr:.1f} dB   {near.replace('%2', str(NEAR_AB))}"

    def _coloured_source(self, session: ColorizeSession) -> PixelSource:
        found = session.found
        if found is None or self._gray is None:
            raise ValueError("no colours were found")
        if self._coloured is None or self._coloured[0] is not found:
            source = ColouredSource(session.source, found.colours, self._gray.pyramid)
            self._coloured = found, source
        return self._coloured[1]

    def _doubts_source(self, distribution: ColourDistribution) -> MapSource:
        if self._doubts is None or self._doubts[0] is not distribution:
            self._doubts = distribution, _doubts(distribution)
        return self._doubts[1]

    def _original_source(self, session: ColorizeSession) -> PixelSource:
        if self._original is None:
            self._original = BufferSource(session.source)
        return self._original


def _doubts(distribution: ColourDistribution) -> MapSource:
    """Return where the network is less sure than elsewhere in this picture."""
    levels = distribution.uncertainty().astype(np.float32)
    low, high = np.percentile(levels, (2, 98))
    stretched = np.clip((levels - low) / max(high - low, 1.0), 0, 1)
    values = np.rint(255 * stretched).astype(np.uint8)
    return MapSource(values, *distribution.full_size)
