"""Says what a restoration will take, measured on a small piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.errors import SrStudioError
from sr_studio.tasks._restore_pictures import EstimateRestorationRequest
from sr_studio.ui.durations import duration_in_words

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._restore_pictures import RestorationCost
    from sr_studio.tasks._restore_settings import RestoreSettings
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_DEBOUNCE_MS = 400


class RestoreCostMeter(QObject):
    """Measures in the background, a moment after the last change of the settings.

    Signals:
        measured: (str) what it will take, in words; "" while that is not known.
    """

    measured = Signal(str)

    def __init__(self, desk: JobDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked: tuple[ImageBuffer, RestoreSettings] | None = None
        self._job: TrackedJob | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._measure)

    def ask(self, image: ImageBuffer, settings: RestoreSettings) -> None:
        """Measure this; what was asked before is not wanted any more."""
        if self._asked is not None and self._asked[0] is image and self._asked[1] == settings:
            return
        self._asked = image, settings
        self.measured.emit("")
        self._timer.start()

    def stop(self) -> None:
        """Nothing is wanted: the machine is needed."""
        self._timer.stop()
        self._asked = None
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _measure(self) -> None:
        if self._asked is None:
            return
        self._job = self._desk.start(
            EstimateRestorationRequest(*self._asked),
            title=self.tr("Estimate"),
            supersedes="estimate",
            is_listed=False,
            tells_failure=False,
        )
        self._job.succeeded.connect(self._on_measured)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_measured(self, cost: RestorationCost) -> None:
        words = self.tr("At most %1 on this machine (%2 iterations at %4), %3 MB of memory.")
        seconds = cost.seconds * cost.iterations
        words = words.replace("%1", duration_in_words(seconds))
        words = words.replace("%2", f"{cost.iterations:,}")
        words = words.replace("%4", f"{cost.width} × {cost.height} px")
        self.measured.emit(words.replace("%3", f"{cost.memory_bytes / 1e6:,.0f}"))

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, SrStudioError):  # it would fail like that when it is started
            self.measured.emit(f"{error.message} {error.advice}".rstrip())

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
