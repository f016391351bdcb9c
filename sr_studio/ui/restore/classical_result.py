"""The classical result beside that of the network: there at once, and labelled for what it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.imaging.decode_image import decode_image
from sr_studio.tasks._restore_pictures import (
    CLASSICAL,
    ClassicalPictureRequest,
    ClassicalRestoration,
    missing_pixels,
)

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._restore_settings import RestoreSettings
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_MOST_PIXELS = 4_000_000  # more would take a minute, which is not at once


@dataclass(frozen=True, slots=True, eq=False)
class ClassicalDocumentRequest:
    """Reads the files that go with a picture, and restores it by a classical method."""

    image: ImageBuffer
    settings: RestoreSettings
    mask: Path | None
    truth: Path | None

    def run(self, context: JobContext) -> ClassicalRestoration:
        is_inpainting = self.settings.task == "inpaint"
        return ClassicalPictureRequest(
            self.image,
            self.settings,
            missing=missing_pixels(self.image, self.mask) if is_inpainting else None,
            truth=None if self.truth is None else decode_image(self.truth),
        ).run(context)


class ClassicalResult(QObject):
    """Makes it when a restoration starts.

    Attributes:
        image: that it is of.
        result: None until it is there.

    Signals:
        changed: it is there.
    """

    changed = Signal()

    def __init__(self, desk: JobDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job: TrackedJob | None = None
        self.image: ImageBuffer | None = None
        self.result: ClassicalRestoration | None = None

    def make(
        self, image: ImageBuffer, settings: RestoreSettings, mask: Path | None, truth: Path | None
    ) -> None:
        """Make it, where the task has one and it takes seconds only."""
        self.image, self.result = image, None
        if settings.task not in CLASSICAL or image.width * image.height > _MOST_PIXELS:
            return
        self._job = self._desk.start(
            ClassicalDocumentRequest(image, settings, mask, truth),
            title=self.tr("Classical result"),
            supersedes="classical",
            is_listed=False,
            tells_failure=False,  # what is wrong is told by the restoration itself
        )
        self._job.succeeded.connect(self._on_made)

    @Slot(object)
    def _on_made(self, result: ClassicalRestoration) -> None:
        if self.sender() is self._job:
            self.result = result
            self.changed.emit()
