"""Hands requests to the two runners and tells whoever asked how they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.jobs.events import (
    Cancelled,
    Failed,
    FinalEvent,
    PreviewReady,
    Progressed,
    Started,
    Succeeded,
)
from sr_studio.jobs.runner import JobRunner
from sr_studio.ui.job_bridge import JobBridge

if TYPE_CHECKING:
    from sr_studio.jobs.runner import Job, Request

RunnerName = Literal["compute", "files", "downloads", "training"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class TrackedJob(QObject):
    """One job as the window sees it; every signal comes in the GUI thread.

    Attributes:
        title: a few words for the user.
        is_listed: the jobs dock lists it (previews and thumbnails are not listed).
        can_finish: `finish_early` keeps the best so far.
        is_watched: a panel has the buttons for it.
    """

    changed = Signal()
    preview = Signal(object)
    succeeded = Signal(object)
    failed = Signal(Exception)
    cancelled = Signal()
    ended = Signal()  # once, after the one of the three above

    def __init__(
        self,
        title: str,
        *,
        is_listed: bool,
        parent: QObject,
        can_finish: bool = False,
        is_watched: bool = False,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.is_listed = is_listed
        self.can_finish = can_finish
        self.is_watched = is_watched
        self.state: JobState = "queued"
        self.fraction = 0.0
        self.note = ""
        self.eta_s: float | None = None
        self.error: Exception | None = None
        self.seconds = 0.0
        self._started_s = 0.0
        self._job: Job | None = None

    @property
    def has_ended(self) -> bool:
        return self.state not in {"queued", "running"}

    def attach(self, job: Job) -> None:
        self._job = job

    @property
    def is_paused(self) -> bool:
        return self._job is not None and self._job.token.is_paused

    @Slot()
    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def finish_early(self) -> None:
        if self._job is not None:
            self._job.finish_early()

    @Slot()
    def pause(self) -> None:
        """Hold it after the step it is at, until `resume`; it can still be ended."""
        if self._job is not None:
            self._job.pause()
            self.changed.emit()

    @Slot()
    def resume(self) -> None:
        if self._job is not None:
            self._job.resume()
            self.changed.emit()

    @Slot()
    def toggle_pause(self) -> None:
        if self.is_paused:
            self.resume()
        else:
            self.pause()

    def start(self) -> None:
        self.state = "running"
        self._started_s = time.monotonic()
        self.changed.emit()

    def progress(self, event: Progressed) -> None:
        self.fraction, self.note, self.eta_s = event.fraction, event.note, event.eta_s
        self.changed.emit()

    def take_preview(self) -> None:
        picture = None if self._job is None else self._job.previews.take()
        if picture is not None:
            self.preview.emit(picture)

    def end(self, event: FinalEvent) -> None:
        self._job = None  # it holds the pictures of its request
        self.seconds = time.monotonic() - self._started_s if self._started_s else 0.0
        match event:
            case Succeeded():
                self.state, self.fraction = "done", 1.0
                self.changed.emit()
                self.succeeded.emit(event.result)
            case Failed():
                self.state, self.error = "failed", event.error
                self.changed.emit()
                self.failed.emit(event.error)
            case Cancelled():
                self.state = "cancelled"
                self.changed.emit()
                self.cancelled.emit()
        self.ended.emit()


class JobDesk(QObject):
    """Starts jobs on the runner for computing, for files, for downloads, or for training.

    Downloads have their own: neither opening a picture nor a preview waits for a slow line.
    Training has its own: pictures are enlarged while a network learns for hours.

    Signals:
        added: a TrackedJob was queued.
        ended: a TrackedJob ended.
        failed: (job, error) of a job whose failure the user has to be told.
    """

    added = Signal(TrackedJob)
    ended = Signal(TrackedJob)
    failed = Signal(TrackedJob, Exception)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unfinished: dict[tuple[str, int], TrackedJob] = {}
        self._runners: dict[str, JobRunner] = {}
        for name in get_args(RunnerName):
            receiver = _Receiver(name, self._unfinished, self)
            receiver.ended.connect(self._on_ended)
            self._runners[name] = JobRunner(receiver.bridge.post, name=name)

    def start(
        self,
        request: Request,
        *,
        title: str,
        on: RunnerName = "compute",
        supersedes: str = "",
        is_listed: bool = True,
        tells_failure: bool = True,
        can_finish: bool = False,
        is_watched: bool = False,
    ) -> TrackedJob:
        """Queue a request; its signals come after control is back in the event loop.

        Args:
            request: what to do.
            title: a few words for the user.
            on: which thread.
            supersedes: a group; unfinished jobs of the group are cancelled.
            is_listed: shown in the jobs dock.
            tells_failure: a failure is emitted by `failed` too; else the asker handles it alone.
            can_finish: it can be finished early and keeps the best so far.
            is_watched: a panel shows it and finishes it, so the jobs dock need not open for that.
        """
        tracked = TrackedJob(
            title, is_listed=is_listed, parent=self, can_finish=can_finish, is_watched=is_watched
        )
        if tells_failure:
            tracked.failed.connect(self._on_failed)
        job = self._runners[on].submit(request, supersedes=supersedes)
        tracked.attach(job)
        self._unfinished[on, job.id] = tracked
        self.added.emit(tracked)
        return tracked

    def unfinished(self) -> tuple[TrackedJob, ...]:
        return tuple(self._unfinished.values())

    def close(self) -> None:
        """Cancel everything and wait for all threads: at most one step of the running job."""
        for tracked in self.unfinished():
            tracked.cancel()
        for runner in self._runners.values():
            runner.close()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(self.sender(), error)

    @Slot(TrackedJob)
    def _on_ended(self, tracked: TrackedJob) -> None:
        self.ended.emit(tracked)
        if not tracked.is_listed:
            tracked.deleteLater()


class _Receiver(QObject):
    """Passes the events of one runner on to the jobs they belong to."""

    ended = Signal(TrackedJob)

    def __init__(
        self, name: str, unfinished: dict[tuple[str, int], TrackedJob], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._unfinished = unfinished
        self.bridge = JobBridge(self)
        self.bridge.started.connect(self._on_started)
        self.bridge.progressed.connect(self._on_progressed)
        self.bridge.preview_ready.connect(self._on_preview)
        self.bridge.finished.connect(self._on_finished)

    @Slot(Started)
    def _on_started(self, event: Started) -> None:
        self._unfinished[self._name, event.job_id].start()

    @Slot(Progressed)
    def _on_progressed(self, event: Progressed) -> None:
        self._unfinished[self._name, event.job_id].progress(event)

    @Slot(PreviewReady)
    def _on_preview(self, event: PreviewReady) -> None:
        if tracked := self._unfinished.get((self._name, event.job_id)):
            tracked.take_preview()

    @Slot(object)
    def _on_finished(self, event: FinalEvent) -> None:
        tracked = self._unfinished.pop((self._name, event.job_id))
        tracked.end(event)
        self.ended.emit(tracked)
