"""What the canvas shows of a picture that is inpainted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from sr_studio.imaging.pixel_source import BufferSource, PatchedSource, PixelSource
from sr_studio.ui.canvas.comparison import Pane
from sr_studio.ui.canvas_note import canvas_note
from sr_studio.ui.inpaint.method_words import method_titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.inpainting.fill import FilledPart
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.tasks._inpaint_pictures import Inpainted
    from sr_studio.ui.inpaint.fill_choice import FillChoice
    from sr_studio.ui.inpaint.inpaint_session import InpaintSession
    from sr_studio.ui.panels._spec import Workplace

_KEPT = 4  # pictures, whose pyramids took time


class InpaintBoard(QObject):
    """The original, and beside it what was filled, would be, or is being filled.

    Args:
        place: with the canvas.
        choice: where the user chooses among several fillings.
        parent: the panel.

    Attributes:
        is_active: it has the canvas.
    """

    def __init__(self, place: Workplace, choice: FillChoice, parent: QObject) -> None:
        super().__init__(parent)
        self.is_active = False
        self._place = place
        self._choice = choice
        self._sources: dict[int, PixelSource] = {}
        self._preview: Inpainted | None = None
        self._live: dict[Region, FilledPart] = {}

    def show(self, session: InpaintSession | None, *, is_busy: bool) -> None:
        """Show the picture as it is, or what there is to choose from."""
        self._preview = None
        self._live = {}
        choices = () if session is None else session.choices
        self._choice.show_parts(() if is_busy else choices)
        if not self.is_active:
            return
        if session is None:
            self._place.view.set_placeholder(canvas_note(self.tr("Open a photo to inpaint it.")))
            self._place.view.set_panes((), keep_view=False)
            self._place.middle.refresh()
            return
        panes = [Pane(self.tr("Original"), self._source(session.source))]
        now, titles = self._source(session.image), method_titles()
        for part in choices:
            source = PatchedSource(now, [(part.region, part.image)])
            seconds = self.tr("%1 s").replace("%1", f"{part.seconds:.1f}")
            panes.append(Pane(titles[part.method], source, seconds, has_marks=False))
        if session.fills and not choices:
            panes.append(Pane(self.tr("Filled"), now))
        self._set_panes(panes)

    def show_preview(self, session: InpaintSession, part: Inpainted) -> None:
        """Show what the mask as it is now would become."""
        self._preview = part
        self._show_parts(session, [part], method_titles()[part.method], has_marks=False)

    def show_live(self, session: InpaintSession, part: FilledPart) -> None:
        """Show what a filling has come to; other parts that it has shown stay."""
        self._live[part.region] = part
        self._show_parts(session, [*self._live.values()], "", has_marks=False)

    def outdate(self, session: InpaintSession) -> None:
        """The mask is another: what was made of the former one is no longer what would be."""
        if session.choices:
            session.choices = ()
            self.show(session, is_busy=False)
        elif self._preview is not None and session.layer.is_empty:
            self.show(session, is_busy=False)
        elif self._preview is not None:
            part = self._preview
            self._show_parts(session, [part], method_titles()[part.method], has_marks=True)

    def _show_parts(
        self,
        session: InpaintSession,
        parts: Sequence[FilledPart | Inpainted],
        caption: str,
        *,
        has_marks: bool,
    ) -> None:
        places = [(part.region, part.image) for part in parts]
        source = PatchedSource(self._source(session.image), places)
        self._set_panes(
            [
                Pane(self.tr("Original"), self._source(session.source)),
                Pane(self.tr("Preview"), source, caption, has_marks=has_marks),
            ]
        )

    def _set_panes(self, panes: list[Pane]) -> None:
        if self.is_active:
            self._place.view.set_panes(panes)
            self._place.middle.refresh()

    def _source(self, image: ImageBuffer) -> PixelSource:
        key = id(image)
        if key not in self._sources:
            self._sources = dict(list(self._sources.items())[1 - _KEPT :])
            self._sources[key] = BufferSource(image)
        return self._sources[key]
