"""Keeps the canvas up to date with the picture, the settings and the view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.errors import SrStudioError
from sr_studio.imaging.region import Region
from sr_studio.tasks.upscale import result_size
from sr_studio.ui.upscale.picture_note import PictureNote
from sr_studio.ui.upscale.preview_maker import (
    PreviewMaker,
    PreviewWanted,
    covers,
    region_in_source,
)
from sr_studio.ui.upscale.scene import PaneBuilder, PaneTitles, Scene
from sr_studio.ui.upscale.truth_study import TruthStudy
from sr_studio.ui.upscale.upscale_runs import UpscaleDetail, is_same_work

if TYPE_CHECKING:
    from sr_studio.degradations.recipe import Degradation
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._networks import Networks
    from sr_studio.tasks.upscale import UpscalePreview, UpscaleResult, UpscaleSettings
    from sr_studio.ui.documents import Outcome, PictureDocument
    from sr_studio.ui.panels._spec import Workplace

_PATCHES_KEPT = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user has set.

    Attributes:
        settings: how to enlarge.
        title: of the network.
        recipe: None outside ground-truth mode.
        can_run: the network is ready.
        has_preview: False where the network learns for minutes before it can show a thing: that
            starts only when the user says so.
    """

    settings: UpscaleSettings
    title: str
    recipe: Degradation | None
    can_run: bool
    has_preview: bool = True


class UpscaleStage(QObject):
    """Shows before, after and truth; asks for previews of what is in view.

    Signals:
        preview_busy: `is_previewing` is another.
        shown: the outcome on the canvas is another.
    """

    preview_busy = Signal()
    shown = Signal()

    def __init__(self, place: Workplace, networks: Networks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._wish: Wish | None = None
        self._is_active = False
        self._is_paused = False
        self._document: PictureDocument | None = None
        self._patches: list[tuple[Region, ImageBuffer]] = []
        self._patches_of: tuple[object, ...] = ()
        self._shows_map = False
        self._view = Region(0, 0, 0, 0)
        self._builder = PaneBuilder()
        self._titles = PaneTitles(
            self.tr("Original"),
            self.tr("Bicubic"),
            self.tr("Ground truth"),
            self.tr("Differs from the source"),
        )
        self._preview = PreviewMaker(place.desk, networks, self)
        self._preview.ready.connect(self._on_preview)
        self._preview.busy_changed.connect(self.preview_busy)
        self._study = TruthStudy(place.desk, self)
        self._study.changed.connect(self.refresh)
        self._study.measured.connect(self._show_captions)
        place.documents.current_changed.connect(self.refresh)
        place.documents.changed.connect(self._on_document)
        place.view.view_changed.connect(self._on_view)

    def set_active(self, *, is_active: bool) -> None:
        self._is_active = is_active
        if is_active:
            self.refresh()
        else:
            self._preview.stop()

    def set_wish(self, wish: Wish) -> None:
        """Take over new settings; the old picture stays until there is a new one."""
        if wish != self._wish:
            self._wish = wish
            self.refresh()

    def set_paused(self, *, is_paused: bool) -> None:
        """A full run needs the machine: previews wait."""
        self._is_paused = is_paused
        if is_paused:
            self._preview.stop()
        else:
            self._want_preview()

    def add_tiles(self, tiles: UpscalePreview) -> None:
        """Show what the full run has finished, where it is of the shown picture."""
        self._patches += tiles.patches
        del self._patches[:-_PATCHES_KEPT]
        self.refresh()

    def show_map(self, *, shows_map: bool) -> None:
        self._shows_map = shows_map
        self.refresh()

    @property
    def is_previewing(self) -> bool:
        return self._preview.is_busy

    @property
    def outcome(self) -> Outcome | None:
        """The full result on the canvas, if it is of the present settings."""
        document, wish = self._place.documents.current, self._wish
        outcome = None if document is None else document.outcome
        if outcome is None or wish is None or not isinstance(outcome.detail, UpscaleDetail):
            return None
        is_of_wish = is_same_work(outcome, wish.settings, wish.recipe)
        return outcome if is_of_wish else None

    @Slot()
    def refresh(self) -> None:
        """Build the panes anew from what is known."""
        document, wish = self._place.documents.current, self._wish
        if not self._is_active or wish is None:
            return
        if document is None or document.source is None:
            self._document = None
            self._preview.stop()
            self._study.clear()
            self._place.view.set_placeholder(PictureNote(document))
            self._place.view.set_panes((), keep_view=False)
            self.shown.emit()
            return
        observed = self._study.observed(document.source, wish.recipe)
        if observed is None:
            return  # the degraded copy is on its way
        try:
            size = result_size(observed.width, observed.height, wish.settings)
        except SrStudioError:
            return  # half-typed numbers
        is_new, self._document = document is not self._document, document
        scene = self._scene(document, wish, observed, size)
        self._place.view.set_panes(self._builder.build(scene, self._titles), keep_view=not is_new)
        if scene.truth is not None:
            self._study.measure(scene.observed, scene.truth, self.outcome)
            self._show_captions()
        self._want_preview()
        self.shown.emit()

    def _scene(
        self,
        document: PictureDocument,
        wish: Wish,
        observed: ImageBuffer,
        size: tuple[int, int],
    ) -> Scene:
        patches_of = (document.id, wish.settings, wish.recipe)
        if patches_of != self._patches_of:
            self._patches.clear()
            self._patches_of = patches_of
        current = self.outcome
        shown = current if current is not None else self._stale_outcome(document, wish)
        caption = ""
        error_map = None
        if current is not None and isinstance(current.detail, UpscaleDetail):
            caption = self.tr("whole picture")
            error_map = current.detail.result.check.error_map if self._shows_map else None
        elif self._patches:
            caption = self.tr("preview of the part in view")
        truth = None
        if wish.recipe is not None and document.source is not None:
            truth = self._study.truth(document.source, size)
        factor = size[0] / observed.width
        titled = wish.title if factor == 1 else f"{wish.title} ×{factor:.3g}"
        return Scene(
            observed=observed,
            size=size,
            title=titled if wish.can_run else "",
            outcome=shown,
            is_current=current is not None,
            patches=tuple(self._patches),
            truth=truth,
            error_map=error_map,
            caption=caption,
        )

    def _stale_outcome(self, document: PictureDocument, wish: Wish) -> Outcome | None:
        """Return an outcome of other settings, as long as it was made in the same mode."""
        outcome = document.outcome
        if outcome is None or not isinstance(outcome.detail, UpscaleDetail):
            return None
        return outcome if outcome.detail.recipe == wish.recipe else None

    @Slot()
    def _show_captions(self) -> None:
        for index, line in enumerate(self._study.captions()):
            self._place.view.set_caption(index, line)

    @Slot(object)
    def _on_document(self, document: PictureDocument) -> None:
        if document is self._place.documents.current and document.state != "running":
            self.refresh()

    @Slot(Region)
    def _on_view(self, region: Region) -> None:
        self._view = region
        if self._is_active:
            self._study.look_at(region)
            self._want_preview()

    def _want_preview(self) -> None:
        document, wish = self._place.documents.current, self._wish
        if not self._is_active or self._is_paused or wish is None or not wish.can_run:
            return
        if not wish.has_preview:
            self._preview.stop()
            return
        if document is None or document.source is None or self.outcome is not None:
            return
        observed = self._study.known_observed(document.source, wish.recipe)
        if observed is None:
            return
        if self._view.is_empty:
            return
        try:
            width, height = result_size(observed.width, observed.height, wish.settings)
        except SrStudioError:
            return
        region = region_in_source(self._view, observed, (width, height))
        cut = self._preview.affordable(observed, wish.settings, region)
        factor = width / observed.width, height / observed.height
        for place, _ in self._patches:
            if covers(place, cut, factor):
                return
        self._preview.want(PreviewWanted(observed, wish.settings, cut))

    @Slot(object, object)
    def _on_preview(self, wanted: PreviewWanted, result: UpscaleResult) -> None:
        wish = self._wish
        document = self._document
        if wish is None or document is None or document.source is None:
            return
        observed = self._study.known_observed(document.source, wish.recipe)
        is_gone = wanted.image is not observed or wanted.settings != wish.settings
        if is_gone or self.outcome is not None:
            return
        self._patches.append((result.region, result.image))
        del self._patches[:-_PATCHES_KEPT]
        self.refresh()
