"""Asks which networks there are, and fetches weights for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.tasks.models import ListModelsRequest
from sr_studio.tasks.weights import WeightsRequest

if TYPE_CHECKING:
    from sr_studio.ui.job_desk import JobDesk

_AFTER_FIRST_PAINTING_MS = 100


class NetworkList(QObject):
    """Lists the networks soon after it is made, and again when weights have come.

    Signals:
        listed: (tuple of ModelInfo)
    """

    listed = Signal(object)

    def __init__(self, desk: JobDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        # torch comes behind the window: importing it at once would hold up the first painting
        later = QTimer(self, singleShot=True, interval=_AFTER_FIRST_PAINTING_MS)
        later.timeout.connect(self.load)
        later.start()

    @Slot()
    def load(self) -> None:
        job = self._desk.start(
            ListModelsRequest(), title=self.tr("Look for networks"), is_listed=False
        )
        job.succeeded.connect(self.listed)

    @Slot(str)
    def download(self, weight_id: str) -> None:
        job = self._desk.start(
            WeightsRequest("download", (weight_id,)),
            title=self.tr("Download %1").replace("%1", weight_id),
            on="downloads",
        )
        job.succeeded.connect(self.load)
