"""Keeps colour hints in files: beside the pictures by itself, elsewhere when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from sr_studio.engines.colorization.hints import hints_path, read_hints, write_hints
from sr_studio.errors import OutputExists, SrStudioError

if TYPE_CHECKING:
    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.ui.colorize.colorize_session import ColorizeSession
    from sr_studio.ui.colorize.colorize_sessions import ColorizeSessions

_KEEP_AFTER_MS = 1000  # hints are written when the hand has come to rest
_SUFFIX = ".json"


class HintFiles(QObject):
    """Writes what has changed a moment later, and asks for the names of other files.

    Signals:
        rested: the hand has come to rest, and what has changed is written.
        failed: (SrStudioError) a file could not be read or written.
    """

    rested = Signal()
    failed = Signal(object)

    def __init__(self, sessions: ColorizeSessions, window: QWidget) -> None:
        super().__init__(window)
        self._sessions = sessions
        self._window = window
        self._changed: list[ColorizeSession] = []  # whose hints are not written yet
        self._timer = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)

    def keep_soon(self, session: ColorizeSession) -> None:
        """The hints of this picture are others now."""
        if session not in self._changed:
            self._changed.append(session)
        self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Write what has changed beside the pictures."""
        self._timer.stop()
        sessions, self._changed = self._changed, []
        for session in sessions:
            try:
                self._sessions.keep_hints(session)
            except SrStudioError as error:
                self.failed.emit(error)
        self.rested.emit()

    def load(self, session: ColorizeSession) -> tuple[Hint, ...] | None:
        """Ask for a file; return its hints, None where there are none to take."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Colour hints"), "", self.tr("Colour hints (*.json)")
        )
        if not path:
            return None
        try:
            return read_hints(Path(path), (session.source.width, session.source.height))
        except SrStudioError as error:
            self.failed.emit(error)
            return None

    def save(self, session: ColorizeSession) -> None:
        """Ask for a name and write the hints there."""
        near = "" if session.path is None else str(hints_path(session.path))
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save colour hints"), near, self.tr("Colour hints (*.json)")
        )
        if not name:
            return
        path = Path(name)
        try:
            if path.suffix.lower() != _SUFFIX:
                path = path.with_name(path.name + _SUFFIX)
                _refuse_taken(path)  # the dialog asked about another name
            size = session.source.width, session.source.height
            write_hints(path, session.layer.hints, size)
        except SrStudioError as error:
            self.failed.emit(error)


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise OutputExists(f"{path} exists already.", advice="Choose another name.")
