"""Fills small holes in the background while the mask is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.tasks._inpaint_pictures import InpaintPartsRequest

if TYPE_CHECKING:
    from sr_studio.tasks._inpaint_pictures import Inpainted, InpaintMethod, InpaintSettings
    from sr_studio.ui.inpaint.inpaint_session import InpaintSession
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_QUIET_MS = 150  # after a stroke: the next may begin at once
_MOST_PX: dict[InpaintMethod, int] = {
    "exemplar": 10_000,
    "telea": 300_000,
    "navier-stokes": 300_000,
    "biharmonic": 60_000,
}
"""Missing pixels that each method fills in about a second of two slow cores."""


class FillPreview(QObject):
    """Shows what the chosen method would make of the mask, a moment after it has changed.

    Signals:
        made: (Inpainted) of the mask as it was when last wanted.
    """

    made = Signal(object)

    def __init__(self, desk: JobDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wanted: tuple[InpaintSession, InpaintSettings] | None = None
        self._job: TrackedJob | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_QUIET_MS)
        self._timer.timeout.connect(self._start)

    def want(self, session: InpaintSession, settings: InpaintSettings) -> None:
        """Fill the mask soon, instead of what was wanted before."""
        self.stop()
        if settings.method in _MOST_PX and not session.layer.is_empty:
            self._wanted = session, settings
            self._timer.start()

    def stop(self) -> None:
        """Forget what was wanted."""
        self._timer.stop()
        self._wanted = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    @Slot()
    def _start(self) -> None:
        if self._wanted is None:
            return
        session, settings = self._wanted
        if np.count_nonzero(session.layer.coverage) > _MOST_PX[settings.method]:
            return
        self._job = self._desk.start(
            InpaintPartsRequest(
                session.image, session.layer.snapshot(), settings, methods=(settings.method,)
            ),
            title=self.tr("Preview"),
            supersedes="inpaint preview",
            is_listed=False,
            tells_failure=False,
        )
        self._job.succeeded.connect(self._on_made)
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_made(self, parts: tuple[Inpainted, ...]) -> None:
        if self.sender() is self._job:
            self.made.emit(parts[0])

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job:
            self._job = None
