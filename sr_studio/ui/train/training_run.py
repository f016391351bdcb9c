"""The training that runs, or the last one, as the panel sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.engines.training.preview import TrainingPreview

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.tasks.train import TrainReport, TrainRequest
    from sr_studio.ui.job_desk import JobDesk, TrackedJob


class TrainingRun(QObject):
    """Starts trainings, one at a time, and keeps what the last one told.

    Attributes:
        job: None before the first one.
        folder: where it is stored.
        preview: the newest; None until one came.
        report: of a training that ended well; None otherwise.

    Signals:
        changed: its progress or state is another.
        previewed: `preview` is another.
        ended: well or not.
    """

    changed = Signal()
    previewed = Signal()
    ended = Signal()

    def __init__(self, desk: JobDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.job: TrackedJob | None = None
        self.folder: Path | None = None
        self.preview: TrainingPreview | None = None
        self.report: TrainReport | None = None

    @property
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    def start(self, request: TrainRequest, title: str) -> None:
        """Start to train; it goes on behind all other work.

        Raises:
            RuntimeError: one is running.
        """
        if self.is_busy:
            raise RuntimeError("a training is running already")
        self.preview = self.report = None
        self.folder = request.output
        job = self._desk.start(
            request,
            title=self.tr("Train %1").replace("%1", title),
            on="training",
            can_finish=True,
            is_watched=True,
        )
        self.job = job
        job.changed.connect(self.changed)
        job.preview.connect(self._on_preview)
        job.succeeded.connect(self._on_succeeded)
        job.ended.connect(self.ended)
        self.changed.emit()

    @Slot()
    def toggle_pause(self) -> None:
        if self.job is not None:
            self.job.toggle_pause()

    @Slot(object)
    def _on_preview(self, preview: object) -> None:
        if isinstance(preview, TrainingPreview):
            self.preview = preview
            self.previewed.emit()

    @Slot(object)
    def _on_succeeded(self, report: TrainReport) -> None:
        self.report = report
