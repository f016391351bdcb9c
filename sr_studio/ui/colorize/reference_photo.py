"""The photo whose colours are taken, on its way from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from sr_studio.imaging.decode_image import READABLE_SUFFIXES
from sr_studio.ui.colorize.reference_box import THUMBNAIL_PX, ReferenceBox
from sr_studio.ui.read_pictures import ReadPicture, ReadPictureRequest

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.ui.job_desk import JobDesk, TrackedJob


class ReferencePhoto(QObject):
    """Asks for the photo, reads it in the thread for files, and shows it in its box.

    Signals:
        changed: `image` is another.

    Attributes:
        image: the photo; None without one.
    """

    changed = Signal()

    def __init__(self, desk: JobDesk, box: ReferenceBox) -> None:
        super().__init__(box)
        self.image: ImageBuffer | None = None
        self._desk = desk
        self._box = box
        self._reading: TrackedJob | None = None
        box.open_wanted.connect(self._ask)
        box.cleared.connect(self.clear)

    def take(self, path: Path) -> None:
        """Read this photo and take it instead of the one before."""
        job = self._desk.start(
            ReadPictureRequest(path, THUMBNAIL_PX),
            title=self.tr("Read %1").replace("%1", path.name),
            on="files",
            is_listed=False,
        )

        self._reading = job

        def show(read: ReadPicture) -> None:
            if self._reading is not job:
                return  # another was chosen, or none
            self.image = read.image
            self._box.show_photo(read.thumbnail, path.name)
            self.changed.emit()

        job.succeeded.connect(show)

    @Slot()
    def clear(self) -> None:
        self._reading = None
        self.image = None
        self._box.show_photo(None, "")
        self.changed.emit()

    @Slot()
    def _ask(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(READABLE_SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(
            self._box,
            self.tr("Reference photo"),
            "",
            f"{self.tr('Pictures')} ({patterns});;{self.tr('All files')} (*)",
        )
        if path:
            self.take(Path(path))
