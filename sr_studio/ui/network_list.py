"""Asks which networks there are, and brings weights for them: downloaded or imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.tasks.models import ListModelsRequest
from sr_studio.tasks.weights import WeightsRequest

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.tasks.models import ModelInfo
    from sr_studio.tasks.weights import WeightList
    from sr_studio.ui.job_desk import JobDesk

_AFTER_FIRST_PAINTING_MS = 100


class NetworkList(QObject):
    """Lists the networks soon after it is made, and again when weights have come.

    Signals:
        listed: (tuple of ModelInfo)
        imported: (WeightFile) what was found in a file, now in the data folder.
        refused: (Path, Exception) a file that could not be imported.

    Attributes:
        models: as they were listed last; none before that.
    """

    listed = Signal(object)
    imported = Signal(object)
    refused = Signal(object, Exception)

    def __init__(self, desk: JobDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.models: tuple[ModelInfo, ...] = ()
        # torch comes behind the window: importing it at once would hold up the first painting
        later = QTimer(self, singleShot=True, interval=_AFTER_FIRST_PAINTING_MS)
        later.timeout.connect(self.load)
        later.start()

    @Slot()
    def load(self) -> None:
        job = self._desk.start(
            ListModelsRequest(), title=self.tr("Look for networks"), is_listed=False
        )
        job.succeeded.connect(self._on_listed)

    @Slot(str)
    def download(self, weight_id: str) -> None:
        job = self._desk.start(
            WeightsRequest("download", (weight_id,)),
            title=self.tr("Download %1").replace("%1", weight_id),
            on="downloads",
        )
        job.succeeded.connect(self.load)

    def import_file(self, path: Path, model: str | None = None, scale: int | None = None) -> None:
        """Bring a file of weights into the data folder; network and scale where they are known."""
        job = self._desk.start(
            WeightsRequest("import", (str(path),), model=model, scale=scale),
            title=self.tr("Import %1").replace("%1", path.name),
            on="downloads",  # it may take a while, and no picture is to wait for it
            tells_failure=False,
        )

        def tell(found: WeightList) -> None:
            self.imported.emit(found[0])
            self.load()

        def refuse(error: Exception) -> None:
            self.refused.emit(path, error)

        job.succeeded.connect(tell)
        job.failed.connect(refuse)

    @Slot(object)
    def _on_listed(self, models: tuple[ModelInfo, ...]) -> None:
        self.models = models
        self.listed.emit(models)
