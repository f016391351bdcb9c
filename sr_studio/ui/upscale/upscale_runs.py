"""Carries out the full runs: one picture after the other, each with its own fate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.degradations.degrade import degrade
from sr_studio.imaging.decode_image import decode_image
from sr_studio.tasks.upscale import UpscalePictureRequest, result_size
from sr_studio.ui.documents import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sr_studio.degradations.recipe import Degradation
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._networks import Networks
    from sr_studio.tasks.upscale import UpscaleResult, UpscaleSettings
    from sr_studio.ui.documents import Documents, PictureDocument
    from sr_studio.ui.job_desk import JobDesk, TrackedJob


@dataclass(frozen=True, slots=True, eq=False)
class UpscaleDetail:
    """How an outcome came to be: `recipe` is None outside ground-truth mode."""

    settings: UpscaleSettings
    recipe: Degradation | None
    result: UpscaleResult


def is_same_work(outcome: Outcome, settings: UpscaleSettings, recipe: Degradation | None) -> bool:
    """Whether these settings would make just this outcome again, however its size is given."""
    detail = outcome.detail
    if not isinstance(detail, UpscaleDetail) or detail.recipe != recipe:
        return False
    size = result_size(outcome.observed.width, outcome.observed.height, settings)
    return _but_size(detail.settings) == _but_size(settings) and size == (
        outcome.image.width,
        outcome.image.height,
    )


def _but_size(settings: UpscaleSettings) -> UpscaleSettings:
    return replace(settings, scale=None, size=None, long_edge=None)


@dataclass(frozen=True, slots=True, eq=False)
class UpscaleDocumentRequest:
    """Reads the picture if it is not in memory, degrades it if asked, and enlarges it."""

    source: ImageBuffer | Path
    settings: UpscaleSettings
    recipe: Degradation | None
    networks: Networks

    def run(self, context: JobContext) -> Outcome:
        source = self.source
        photo = decode_image(source) if isinstance(source, Path) else source
        context.checkpoint()
        observed = photo if self.recipe is None else degrade(photo, self.recipe)
        context.checkpoint()
        result = UpscalePictureRequest(observed, self.settings, networks=self.networks).run(context)
        scale = max(result.image.width, result.image.height) / max(observed.width, observed.height)
        return Outcome(
            image=result.image,
            observed=observed,
            model=self.settings.model,
            scale=scale,
            description=f"Enlarged by SR Studio: {result.report.model}, x{scale:g}",
            truth=None if self.recipe is None else photo,
            detail=UpscaleDetail(self.settings, self.recipe, result),
        )


class _Work(NamedTuple):
    """A picture that waits for its turn."""

    document: PictureDocument
    settings: UpscaleSettings
    recipe: Degradation | None
    can_finish: bool


class UpscaleRuns(QObject):
    """A queue of pictures to enlarge.

    Signals:
        changed: another picture runs, or none.
        progressed: the running job has news.
        tiles_ready: (UpscalePreview) of the running picture.
        all_ended: (done, failed) the queue is empty; not after a cancel.
    """

    changed = Signal()
    progressed = Signal()
    tiles_ready = Signal(object)
    all_ended = Signal(int, int)

    def __init__(
        self,
        desk: JobDesk,
        documents: Documents,
        networks: Networks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._networks = networks
        self._documents = documents
        self._waiting: list[_Work] = []
        self._document: PictureDocument | None = None
        self._work: tuple[UpscaleSettings, Degradation | None] | None = None
        self.job: TrackedJob | None = None
        self.position = 0
        self.total = 0
        self._failed = 0
        self._done = 0

    @property
    def is_busy(self) -> bool:
        return self._document is not None

    @property
    def document(self) -> PictureDocument | None:
        """The picture that runs now."""
        return self._document

    @property
    def work(self) -> tuple[UpscaleSettings, Degradation | None] | None:
        """What is done to it."""
        return self._work

    def add(
        self,
        documents: Iterable[PictureDocument],
        settings: UpscaleSettings,
        recipe: Degradation | None,
        *,
        can_finish: bool,
    ) -> None:
        """Queue pictures; those that wait already are not queued twice.

        Args:
            documents: to enlarge.
            settings: how.
            recipe: degrades them first; None outside ground-truth mode.
            can_finish: the network learns from each, and what it has learned can be taken early.
        """
        queued = {work.document for work in self._waiting} | {self._document}
        fresh = [_Work(d, settings, recipe, can_finish) for d in documents if d not in queued]
        if not self.is_busy:
            self.position = self.total = self._failed = self._done = 0
        self._waiting += fresh
        self.total += len(fresh)
        self._next()

    def cancel(self) -> None:
        """Stop the running one within a step and forget the rest."""
        self._waiting.clear()
        if self.job is not None:
            self.job.cancel()

    def forget(self, document: PictureDocument) -> None:
        """The picture was closed."""
        self._waiting = [work for work in self._waiting if work.document is not document]
        if document is self._document and self.job is not None:
            self.job.cancel()

    def _next(self) -> None:
        if self.is_busy or not self._waiting:
            return
        document, settings, recipe, can_finish = self._waiting.pop(0)
        source = document.source if document.source is not None else document.path
        if source is None:
            return
        self.position += 1
        self._document, self._work = document, (settings, recipe)
        self._documents.set_running(document, 0.0)
        self.job = self._desk.start(
            UpscaleDocumentRequest(source, settings, recipe, self._networks),
            title=self.tr("Upscale %1").replace("%1", document.title),
            can_finish=can_finish,
        )
        self.job.changed.connect(self._on_changed)
        self.job.preview.connect(self.tiles_ready)
        self.job.succeeded.connect(self._on_succeeded)
        self.job.failed.connect(self._on_failed)
        self.job.cancelled.connect(self._on_cancelled)
        self.job.ended.connect(self._on_ended)
        self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        if self._document is not None and self.job is not None and not self.job.has_ended:
            self._documents.set_running(self._document, self.job.fraction)
            self.progressed.emit()

    @Slot(object)
    def _on_succeeded(self, outcome: Outcome) -> None:
        self._done += 1
        if self._document in self._documents and self._document is not None:
            self._documents.set_outcome(self._document, outcome)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._failed += 1
        if self._document in self._documents and self._document is not None:
            self._documents.set_failed(self._document, error)

    @Slot()
    def _on_cancelled(self) -> None:
        if self._document in self._documents and self._document is not None:
            self._documents.set_stopped(self._document)

    @Slot()
    def _on_ended(self) -> None:
        was_cancelled = self.job is not None and self.job.state == "cancelled"
        self._document, self.job = None, None
        self.changed.emit()
        if self._waiting:
            self._next()
        elif not was_cancelled:
            self.all_ended.emit(self._done, self._failed)
