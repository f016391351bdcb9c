"""Finds the colours anew, a moment after hints or settings have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.errors import SrStudioError
from sr_studio.tasks._colorize_pictures import FindColoursRequest
from sr_studio.tasks._colorizers import Colorizers

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._colorize_pictures import ColorizeSettings, FoundColours
    from sr_studio.ui.colorize.colorize_session import ColorizeSession, WorkKey
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_QUIET_MS = 150  # after a change: the next may begin at once


class ColourFinder(QObject):
    """Asks for colours; what was asked before is superseded.

    Signals:
        found: (ColorizeSession, WorkKey, FoundColours)
        failed: (Exception)
        changed: `is_at_work` is another.
    """

    found = Signal(object, object, object)
    failed = Signal(Exception)
    changed = Signal()

    def __init__(self, desk: JobDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colorizers = Colorizers()
        self._desk = desk
        self._wanted: tuple[ColorizeSession, WorkKey, FindColoursRequest] | None = None
        self._running: tuple[ColorizeSession, WorkKey] | None = None
        self._failed: tuple[ColorizeSession, WorkKey] | None = None
        self._job: TrackedJob | None = None
        self._timer = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._timer.timeout.connect(self._start)

    @property
    def is_at_work(self) -> bool:
        return self._job is not None or self._timer.isActive()

    def want(
        self, session: ColorizeSession, settings: ColorizeSettings, reference: ImageBuffer | None
    ) -> None:
        """Find the colours of a picture soon, unless just this was done, or has failed."""
        key = session.layer.hints, settings, reference
        asked = self._wanted or self._running or self._failed
        if asked is not None and asked[:2] == (session, key):
            return
        self.stop()
        if session.found_for == key:
            self.changed.emit()
            return
        request = FindColoursRequest(
            session.source, session.layer.hints, settings, reference, self.colorizers
        )
        self._wanted = session, key, request
        self._timer.start(0 if session.found is None else _QUIET_MS)
        self.changed.emit()

    def stop(self) -> None:
        """Forget what was wanted; what has failed may be tried again."""
        self._timer.stop()
        self._wanted = self._running = self._failed = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    @Slot()
    def _start(self) -> None:
        if self._wanted is None:
            return
        session, key, request = self._wanted
        self._wanted, self._running = None, (session, key)
        self._job = self._desk.start(
            request,
            title=self.tr("Find colours"),
            supersedes="colorize",
            is_listed=False,
            tells_failure=False,
        )
        self._job.succeeded.connect(self._on_found)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_found(self, found: FoundColours) -> None:
        if self.sender() is self._job and self._running is not None:
            session, key = self._running
            session.found, session.found_for = found, key
            self.found.emit(session, key, found)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        if self.sender() is self._job:
            self._failed, self._running = self._running, None
            if not isinstance(error, SrStudioError):
                self._desk.failed.emit(self._job, error)
            self.failed.emit(error)

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job:
            self._job = self._running = None
            self.changed.emit()
