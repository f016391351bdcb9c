"""The restoration that runs, or the last one, as the panel sees it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.engines.prior.restoration import RestorePreview
from sr_studio.engines.prior.settings import PriorDials
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.tasks._restore_pictures import RestorePictureRequest, missing_pixels
from sr_studio.tasks._restore_runs import RunDescription, RunFolder, describe_run
from sr_studio.ui.documents import Outcome
from sr_studio.ui.film_strip_delegate import THUMBNAIL_EDGE_PX
from sr_studio.ui.read_pictures import ReadPicture, thumbnail_of

if TYPE_CHECKING:
    from sr_studio.engines.prior.restoration import Curves, Restoration
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._restore_settings import RestoreSettings
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_FINISHED_KEPT = 3
_PACE_S = 2.0


@dataclass(frozen=True, slots=True)
class RestoreFiles:
    """The files that go with a restoration; None where there is none."""

    mask: Path | None = None
    guide: Path | None = None
    truth: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RestoreDetail:
    """How an outcome came to be.

    Attributes:
        settings: of the run.
        iteration: of the moment that it is.
        curves: up to then or further.
    """

    settings: RestoreSettings
    iteration: int
    curves: Curves


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """What a run gives the window: the sources it read and what came of them."""

    observed: ImageBuffer
    truth: ImageBuffer | None
    restoration: Restoration


@dataclass(frozen=True, slots=True, eq=False)
class SourcesRead:
    """The first preview of a run: what will be compared."""

    observed: ImageBuffer
    truth: ImageBuffer | None


@dataclass(frozen=True, slots=True, eq=False)
class RestoreDocumentRequest:
    """Reads the picture and its files, and restores it."""

    source: ImageBuffer | Path
    name: str
    settings: RestoreSettings
    files: RestoreFiles
    dials: PriorDials
    folder: Path

    def run(self, context: JobContext) -> Restored:
        source = self.source
        observed = decode_image(source) if isinstance(source, Path) else source
        files = self.files
        truth = None if files.truth is None else decode_image(files.truth)
        context.checkpoint()
        context.offer_preview(lambda: SourcesRead(observed, truth))
        is_inpainting = self.settings.task == "inpaint"
        request = RestorePictureRequest(
            observed,
            self.settings,
            missing=missing_pixels(observed, files.mask) if is_inpainting else None,
            truth=truth,
            guide=None if files.guide is None else decode_image(files.guide),
            dials=self.dials,
            folder=self.folder,
            description=describe_run(self.name, observed, self.settings, files.mask, files.guide),
        )
        return Restored(observed, truth, request.run(context))


@dataclass(frozen=True, slots=True)
class ReadMomentRequest:
    """Reads a kept moment."""

    folder: Path
    iteration: int
    like: ImageBuffer

    def run(self, context: JobContext) -> tuple[int, ImageBuffer]:
        """Return the iteration and the picture as it was."""
        context.checkpoint()
        pixels = RunFolder(self.folder).moment(self.iteration)
        like = self.like
        is_same = like.pixels.shape[:2] == pixels.shape[:2]
        return self.iteration, ImageBuffer(pixels, like.alpha if is_same else None, like.origin)


@dataclass(frozen=True, slots=True, eq=False)
class PinRequest:
    """Makes the small picture of a moment, for the film strip."""

    title: str
    image: ImageBuffer

    def run(self, context: JobContext) -> tuple[str, ReadPicture]:
        """Return the title and the picture with its thumbnail."""
        context.checkpoint()
        return self.title, ReadPicture(self.image, thumbnail_of(self.image, THUMBNAIL_EDGE_PX))


class RestoreRun(QObject):
    """Starts restorations, one at a time, and keeps what the last one told.

    Attributes:
        job: None before the first one.
        document: the picture that is restored.
        settings: of the run.
        files: of the run.
        folder: where checkpoint and moments lie.
        observed: the picture as it was read; None until it was.
        truth: if there is one.
        preview: the newest; None until one came.
        restored: what the last run ended with; None otherwise.

    Signals:
        started: another run.
        changed: progress or state is another.
        read: the picture and its truth were read.
        previewed: `preview` is another.
        ended: well or not.
    """

    started = Signal()
    changed = Signal()
    read = Signal()
    previewed = Signal()
    ended = Signal()

    def __init__(self, desk: JobDesk, runs: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._runs = runs
        self._dials = PriorDials()
        self.job: TrackedJob | None = None
        self.document: PictureDocument | None = None
        self.settings: RestoreSettings | None = None
        self.files = RestoreFiles()
        self.folder: Path | None = None
        self.observed: ImageBuffer | None = None
        self.truth: ImageBuffer | None = None
        self.preview: RestorePreview | None = None
        self.restored: Restored | None = None
        self._kept_instead: tuple[int, ImageBuffer] | None = None
        self._is_discarded = False
        self._pace = 0.0
        self._seen = 0, 0.0

    @property
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @property
    def working_px(self) -> int:
        """The working size that the run was started with; 0 for the full size."""
        return 0 if self.settings is None else self.settings.working_px

    @property
    def moments(self) -> tuple[int, ...]:
        """Iterations that were kept."""
        if self.folder is None or not self.folder.is_dir():
            return ()
        return RunFolder(self.folder).iterations()

    def start(
        self,
        document: PictureDocument,
        settings: RestoreSettings,
        files: RestoreFiles,
        *,
        folder: Path | None = None,
    ) -> None:
        """Start to restore; it goes on behind all other work.

        Args:
            document: the picture.
            settings: how.
            files: that go with it.
            folder: of a run that goes on; None starts a new one.

        Raises:
            RuntimeError: one is running.
            SrStudioError: the settings cannot be carried out.
        """
        if self.is_busy:
            raise RuntimeError("a restoration is running already")
        source = document.source if document.source is not None else document.path
        if source is None:
            return
        if folder is None:
            folder = self._runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{document.id}"
            self._forget_old()
            self.preview = None
        self.restored = self._kept_instead = None
        self._is_discarded = False
        self._pace, self._seen = 0.0, (0, 0.0)
        self.observed = self.truth = None
        self.document, self.settings, self.folder = document, settings, folder
        self.files = files
        self._dials = PriorDials(settings.learning_rate, settings.input_noise)
        job = self._desk.start(
            RestoreDocumentRequest(
                source,
                str(document.path or document.title),
                settings,
                files,
                self._dials,
                folder,
            ),
            title=self.tr("Restore %1").replace("%1", document.title),
            on="training",
            can_finish=True,
            is_watched=True,
        )
        self.job = job
        job.changed.connect(self.changed)
        job.preview.connect(self._on_preview)
        job.succeeded.connect(self._on_succeeded)
        job.cancelled.connect(self._on_cancelled)
        job.ended.connect(self.ended)
        self.started.emit()
        self.changed.emit()

    def turn(self, settings: RestoreSettings) -> None:
        """Bring learning rate and input noise into the running fit."""
        self._dials.turn(learning_rate=settings.learning_rate, input_noise=settings.input_noise)

    def outcome(self, image: ImageBuffer, iteration: int) -> Outcome | None:
        """Return a moment of this run as the outcome of its picture."""
        if self.observed is None or self.settings is None:
            return None
        curves = self._curves()
        if curves is None:
            return None
        return Outcome(
            image=image,
            observed=self.observed,
            model=f"restored-{self.settings.task}",
            scale=image.width / self.observed.width,
            description=f"Restored by SR Studio: Deep Image Prior, iteration {iteration}",
            truth=self.truth,
            detail=RestoreDetail(self.settings, iteration, curves),
        )

    def finish_with(self, moment: tuple[int, ImageBuffer]) -> None:
        """Finish early, and let this moment be what the run ended with."""
        self._kept_instead = moment
        if self.job is not None:
            self.job.finish_early()

    @property
    def pace(self) -> float:
        """Iterations a second of the running fit; 0 where that is not known."""
        return self._pace

    def unfinished(self) -> tuple[tuple[Path, RunDescription], ...]:
        """Return the runs that were cut off, the newest first."""
        found = []
        for folder in _folders(self._runs):
            description = RunFolder(folder).description()
            has_state = (folder / "checkpoint.pt").exists()
            if description is not None and not description.is_finished and has_state:
                found.append((folder, description))
        return tuple(sorted(found, key=lambda pair: pair[1].started, reverse=True))

    def discard(self) -> None:
        """Cancel it and delete what was kept; closing the program only cancels, and keeps it."""
        if self.job is not None:
            self._is_discarded = True
            self.job.cancel()

    @Slot()
    def _on_cancelled(self) -> None:
        if self._is_discarded and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _curves(self) -> Curves | None:
        if self.restored is not None:
            return self.restored.restoration.curves
        return None if self.preview is None else self.preview.curves

    def _forget_old(self) -> None:
        """Delete all finished runs but the newest; those that were cut off stay."""
        finished = []
        for folder in _folders(self._runs):
            description = RunFolder(folder).description()
            if description is None or description.is_finished:
                finished.append((description.started if description else 0.0, folder))
        for _, folder in sorted(finished)[:-_FINISHED_KEPT]:
            shutil.rmtree(folder, ignore_errors=True)

    @Slot(object)
    def _on_preview(self, preview: object) -> None:
        if isinstance(preview, SourcesRead):
            self.observed, self.truth = preview.observed, preview.truth
            self.read.emit()
        elif isinstance(preview, RestorePreview):
            self.preview = preview
            self._measure_pace(preview.iteration)
            self.previewed.emit()

    def _measure_pace(self, iteration: int) -> None:
        """Take the pace over the last seconds: it is not the same all the time."""
        now_s = time.monotonic()
        before, then_s = self._seen
        if then_s == 0.0:
            self._seen = iteration, now_s
        elif now_s - then_s >= _PACE_S:
            self._pace = (iteration - before) / (now_s - then_s)
            self._seen = iteration, now_s

    @Slot(object)
    def _on_succeeded(self, restored: Restored) -> None:
        found = restored.restoration
        if self._kept_instead is not None:
            iteration, image = self._kept_instead
            found = replace(found, iteration=iteration, image=image)
            restored = replace(restored, restoration=found)
        self.restored = restored
        self.observed, self.truth = restored.observed, restored.truth
        self.preview = RestorePreview(
            found.image, found.iteration, found.curves, found.best_iteration
        )


def _folders(runs: Path) -> list[Path]:
    return [path for path in runs.iterdir() if path.is_dir()] if runs.is_dir() else []
