"""Travel in time over the moments of a restoration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.ui.restore.restore_run import PinRequest, ReadMomentRequest

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.ui.panels._spec import Workplace
    from sr_studio.ui.read_pictures import ReadPicture
    from sr_studio.ui.restore.restore_board import RestoreBoard
    from sr_studio.ui.restore.restore_run import RestoreRun

_MOMENTS_MS = 1000  # between two looks at which moments were kept


class MomentTravel(QObject):
    """Brings the moment that the slider asks for, keeps it, pins it.

    Attributes:
        shown: iteration and picture of an earlier moment; None at the present one.

    Signals:
        changed: `shown` is another.
    """

    changed = Signal()

    def __init__(
        self, place: Workplace, run: RestoreRun, board: RestoreBoard, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._place = place
        self._run = run
        self._board = board
        self.shown: tuple[int, ImageBuffer] | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(_MOMENTS_MS)
        self._clock.timeout.connect(self._look)
        board.moment_wanted.connect(self._on_wanted)
        board.keep_wanted.connect(self._keep)
        board.pin_wanted.connect(self._pin)
        run.started.connect(self._on_started)
        run.ended.connect(self._on_ended)

    def go_to_now(self) -> None:
        """Show the present moment."""
        self.shown = None
        self._board.show_now()

    @Slot()
    def _on_started(self) -> None:
        self.shown = None
        self._board.set_moments(())
        self._clock.start()

    @Slot()
    def _on_ended(self) -> None:
        self._clock.stop()
        self._look()

    @Slot()
    def _look(self) -> None:
        self._board.set_moments(self._run.moments)

    @Slot(int)
    def _on_wanted(self, iteration: int) -> None:
        folder, like = self._run.folder, self._run.observed
        if not iteration or folder is None or like is None:
            self.shown = None
            self.changed.emit()
            return
        job = self._place.desk.start(
            ReadMomentRequest(folder, iteration, like),
            title=self.tr("Read a moment"),
            on="files",
            supersedes="moment",
            is_listed=False,
        )
        job.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, moment: tuple[int, ImageBuffer]) -> None:
        if moment[0] == self._board.iteration:
            self.shown = moment
            self.changed.emit()

    def _moment(self) -> tuple[int, ImageBuffer] | None:
        preview = self._run.preview
        return self.shown or (None if preview is None else (preview.iteration, preview.image))

    @Slot()
    def _keep(self) -> None:
        """Make it the picture's result; a run that goes on ends with it."""
        moment, document = self._moment(), self._run.document
        if moment is None or document is None or document not in self._place.documents:
            return
        outcome = self._run.outcome(moment[1], moment[0])
        if outcome is None:
            return
        if self._run.is_busy:
            self._run.finish_with(moment)
        else:
            self._place.documents.set_outcome(document, outcome)

    @Slot()
    def _pin(self) -> None:
        moment, document = self._moment(), self._run.document
        if moment is None or document is None:
            return
        title = self.tr("%1, iteration %2").replace("%1", document.title)
        job = self._place.desk.start(
            PinRequest(title.replace("%2", f"{moment[0]:,}"), moment[1]),
            title=self.tr("Pin a moment"),
            on="files",
            is_listed=False,
        )
        job.succeeded.connect(self._on_pinned)

    @Slot(object)
    def _on_pinned(self, pinned: tuple[str, ReadPicture]) -> None:
        title, read = pinned
        document = self._place.documents.add(title, None, read.image)
        size = read.image.width, read.image.height
        self._place.documents.set_thumbnail(document, read.thumbnail, size)
