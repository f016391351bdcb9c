"""Brings pictures into the film strip: finds them, reads the shown one first, the rest behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.errors import SrStudioError
from sr_studio.settings import with_recent_file
from sr_studio.ui.film_strip_delegate import THUMBNAIL_EDGE_PX
from sr_studio.ui.read_pictures import (
    FindPicturesRequest,
    FoundPictures,
    ReadBytesRequest,
    ReadPicture,
    ReadPictureRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sr_studio.ui.documents import Documents, PictureDocument
    from sr_studio.ui.job_desk import JobDesk
    from sr_studio.ui.settings_keeper import SettingsKeeper


class PictureLoader(QObject):
    """Reads one picture at a time, so that the one that the user clicks never waits long.

    Signals:
        told: (kind, message, advice) something the user should know.
        unexpected: (error, what was done) a fault of the program.
    """

    told = Signal(str, str, str)
    unexpected = Signal(Exception, str)

    def __init__(
        self,
        desk: JobDesk,
        documents: Documents,
        settings: SettingsKeeper,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._documents = documents
        self._settings = settings
        self._reading: PictureDocument | None = None
        self._wanted: list[PictureDocument] = []
        documents.current_changed.connect(self._on_current)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Add files and what folders hold; the first new one is shown."""
        if not paths:
            return
        job = self._desk.start(
            FindPicturesRequest(tuple(path.absolute() for path in paths)),
            title=self.tr("Look for pictures"),
            on="files",
            is_listed=False,
        )
        job.succeeded.connect(self._on_found)

    def open_bytes(self, data: bytes, name: str) -> None:
        """Add a picture that is no file."""
        job = self._desk.start(
            ReadBytesRequest(data, name, THUMBNAIL_EDGE_PX),
            title=self.tr("Read %1").replace("%1", name),
            on="files",
            is_listed=False,
        )

        def add(read: ReadPicture) -> None:
            document = self._documents.add(name, None, read.image)
            size = (read.image.width, read.image.height)
            self._documents.set_thumbnail(document, read.thumbnail, size)
            self._documents.show(document)

        job.succeeded.connect(add)

    def read(self, document: PictureDocument) -> None:
        """Read the source of a picture, before all others that wait."""
        if document in self._wanted:
            self._wanted.remove(document)
        self._wanted.insert(0, document)
        self._pump()

    @Slot(object)
    def _on_found(self, found: FoundPictures) -> None:
        if not found.paths:
            self.told.emit(
                "warning",
                self.tr("There is no picture in this folder."),
                self.tr("Other files there, left alone: %1").replace("%1", str(found.left_out)),
            )
            return
        first: PictureDocument | None = None
        for path in found.paths:
            document = self._documents.find(path) or self._documents.add(path.name, path)
            first = first or document
            if document.state == "failed" and document.dimensions is None:
                self._wanted.append(document)  # the file may be another by now
        if first is not None:
            self._documents.show(first)
        self._settings.change(open_folder=str(found.paths[0].parent))
        self._pump()

    @Slot()
    def _on_current(self) -> None:
        document = self._documents.current
        if document is not None and document.source is None and document.state != "failed":
            self.read(document)

    def _pump(self) -> None:
        if self._reading is not None:
            return
        self._wanted = [d for d in self._wanted if d in self._documents and d.source is None]
        unread = (d for d in self._documents if d.state == "unread")
        document = self._wanted.pop(0) if self._wanted else next(unread, None)
        if document is None or document.path is None:
            return
        self._reading = document
        job = self._desk.start(
            ReadPictureRequest(document.path, THUMBNAIL_EDGE_PX),
            title=self.tr("Read %1").replace("%1", document.title),
            on="files",
            is_listed=False,
            tells_failure=False,
        )
        job.succeeded.connect(self._on_read)
        job.failed.connect(self._on_unreadable)
        job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_read(self, read: ReadPicture) -> None:
        document = self._reading
        if document is None or document not in self._documents:
            return
        self._documents.set_thumbnail(
            document, read.thumbnail, (read.image.width, read.image.height)
        )
        if document.path is not None:
            recent = with_recent_file(self._settings.now, document.path)
            self._settings.change(recent_files=recent)
        if document is self._documents.current:
            self._documents.set_source(document, read.image)
            if read.image.origin.notes:
                self.told.emit("info", document.title, " ".join(read.image.origin.notes))

    @Slot(Exception)
    def _on_unreadable(self, error: Exception) -> None:
        document = self._reading
        if document is None or document not in self._documents:
            return
        self._documents.set_failed(document, error)
        if not isinstance(error, SrStudioError):
            self.unexpected.emit(error, self.tr("Read %1").replace("%1", document.title))
        elif document is self._documents.current or len(self._documents) == 1:
            self.told.emit("error", error.message, error.advice)
        else:
            failed = sum(d.state == "failed" for d in self._documents)
            self.told.emit(
                "warning",
                self.tr("Pictures that could not be read: %1").replace("%1", str(failed)),
                self.tr("Hold the pointer over them in the film strip to see why."),
            )

    @Slot()
    def _on_ended(self) -> None:
        self._reading = None
        self._pump()
