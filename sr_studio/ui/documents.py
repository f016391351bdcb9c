"""The open pictures: each with its source, its outcome, its state and its error."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer

DocumentState = Literal["unread", "waiting", "running", "done", "failed"]

_SOURCES_KEPT = 3  # a 48-megapixel source takes 144 MB


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a panel made of a picture.

    Attributes:
        image: the finished picture.
        observed: what it was made from: the source, or in ground-truth mode its degraded copy.
        model: the network's id, for names.
        scale: how many times larger, for names and shaves.
        description: one line on what was done, fit for the metadata.
        truth: in ground-truth mode the picture that `observed` was made from; may be larger.
        detail: what the panel wants to know about it later.
    """

    image: ImageBuffer
    observed: ImageBuffer
    model: str
    scale: float
    description: str
    truth: ImageBuffer | None
    detail: object


@dataclass(slots=True, eq=False)
class PictureDocument:
    """One open picture; lives in the GUI thread, changed only through Documents."""

    id: int
    title: str
    path: Path | None
    source: ImageBuffer | None = None
    thumbnail: NDArray[np.uint8] | None = None
    dimensions: tuple[int, int] | None = None
    state: DocumentState = "unread"
    fraction: float = 0.0
    error: Exception | None = None
    outcome: Outcome | None = None
    is_saved: bool = False

    @property
    def has_unsaved_outcome(self) -> bool:
        return self.outcome is not None and not self.is_saved


class Documents(QObject):
    """The list of open pictures and which of them is shown.

    Signals:
        added, removed: (index) in the list.
        changed: (document) its source, state or outcome is another now.
        current_changed: another document is shown, or none.
    """

    added = Signal(int)
    removed = Signal(int)
    changed = Signal(object)
    current_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids = itertools.count(1)
        self._documents: list[PictureDocument] = []
        self._current: PictureDocument | None = None
        self._recent: list[int] = []  # ids of the sources looked at last, newest last

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[PictureDocument]:
        return iter(tuple(self._documents))

    def __getitem__(self, index: int) -> PictureDocument:
        return self._documents[index]

    def __contains__(self, document: object) -> bool:
        return document in self._documents

    def index_of(self, document: PictureDocument) -> int:
        return self._documents.index(document)

    @property
    def current(self) -> PictureDocument | None:
        return self._current

    def find(self, path: Path) -> PictureDocument | None:
        return next((d for d in self._documents if d.path == path), None)

    def add(
        self, title: str, path: Path | None, source: ImageBuffer | None = None
    ) -> PictureDocument:
        """Append a picture; one without a path has to bring its source."""
        document = PictureDocument(next(self._ids), title, path)
        self._documents.append(document)
        if source is not None:
            self._hold(document, source)
        self.added.emit(len(self._documents) - 1)
        return document

    def remove(self, document: PictureDocument) -> None:
        """Close a picture; its neighbour is shown instead. The file is not touched."""
        index = self.index_of(document)
        del self._documents[index]
        self.removed.emit(index)
        if self._current is document:
            last = len(self._documents) - 1
            self._current = self._documents[min(index, last)] if last >= 0 else None
            self.current_changed.emit()

    def show(self, document: PictureDocument) -> None:
        if document is not self._current:
            self._current = document
            self.current_changed.emit()

    def step(self, by: int) -> None:
        """Show the next or an earlier picture; stops at both ends."""
        if self._current is not None:
            index = self.index_of(self._current) + by
            self.show(self._documents[min(max(index, 0), len(self._documents) - 1)])

    def set_source(self, document: PictureDocument, source: ImageBuffer) -> None:
        self._hold(document, source)
        self.changed.emit(document)

    def set_thumbnail(
        self, document: PictureDocument, thumbnail: NDArray[np.uint8], size: tuple[int, int]
    ) -> None:
        document.thumbnail, document.dimensions = thumbnail, size
        if document.state == "unread":
            document.state = "waiting"
        self.changed.emit(document)

    def set_running(self, document: PictureDocument, fraction: float) -> None:
        document.state, document.fraction, document.error = "running", fraction, None
        self.changed.emit(document)

    def set_stopped(self, document: PictureDocument) -> None:
        """The job was cancelled: what was there before stays."""
        document.state = "done" if document.outcome is not None else "waiting"
        self.changed.emit(document)

    def set_failed(self, document: PictureDocument, error: Exception) -> None:
        document.state, document.error = "failed", error
        self.changed.emit(document)

    def set_outcome(self, document: PictureDocument, outcome: Outcome) -> None:
        document.outcome, document.is_saved = outcome, False
        document.state, document.error = "done", None
        self.changed.emit(document)

    def clear_outcome(self, document: PictureDocument) -> None:
        """What was made of it was taken back."""
        if document.outcome is not None:
            document.outcome, document.state = None, "waiting"
            self.changed.emit(document)

    def set_saved(self, document: PictureDocument, outcome: Outcome) -> None:
        """`outcome` lies in a file; one that was made meanwhile does not."""
        document.is_saved = document.outcome is outcome
        self.changed.emit(document)

    def _hold(self, document: PictureDocument, source: ImageBuffer) -> None:
        """Keep this source, and let go of those not looked at lately: a file can be read again."""
        document.source = source
        document.dimensions = (source.width, source.height)
        if document.state in {"unread", "failed"}:
            document.state, document.error = "waiting", None
        recent = self._recent
        if document.id in recent:
            recent.remove(document.id)
        recent.append(document.id)
        del recent[:-_SOURCES_KEPT]
        for other in self._documents:
            busy = other is self._current or other is document or other.state == "running"
            if other.path is not None and other.id not in recent and not busy:
                other.source = None
