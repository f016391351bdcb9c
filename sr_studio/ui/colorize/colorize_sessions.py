"""The sessions of all open pictures, and the files that keep their hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sr_studio.engines.colorization.hints import hints_path, read_hints, write_hints
from sr_studio.errors import SrStudioError
from sr_studio.imaging.atomic_file import explain_errors
from sr_studio.ui.colorize.colorize_session import ColorizeSession

if TYPE_CHECKING:
    from sr_studio.ui.documents import Documents, PictureDocument


class ColorizeSessions:
    """One ColorizeSession for each document that was looked at.

    Hints lie in a small file beside the picture; it is read when the picture is first looked at,
    and written by `keep_hints`. One that cannot be read is put aside before it is written anew.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._sessions: dict[int, ColorizeSession] = {}
        self.trouble: SrStudioError | None = None

    @property
    def current(self) -> ColorizeSession | None:
        """Of the picture that is shown; None while it is not read."""
        document = self._documents.current
        if document is None or document.source is None:
            return None
        session = self._sessions.get(document.id)
        if session is None or session.source.pixels.shape != document.source.pixels.shape:
            session = self._sessions[document.id] = ColorizeSession(document.source, document.path)
            self._read_hints(session)
        return session

    def of(self, document: PictureDocument | None) -> ColorizeSession | None:
        """Return what belongs to an open document."""
        if document is None or document not in self._documents:
            return None
        return self._sessions.get(document.id)

    def document_of(self, session: ColorizeSession) -> PictureDocument | None:
        return next((each for each in self._documents if self.of(each) is session), None)

    def forget_closed(self) -> None:
        """Let go of those whose document is no longer open."""
        open_ids = {document.id for document in self._documents}
        self._sessions = {id_: each for id_, each in self._sessions.items() if id_ in open_ids}

    def keep_hints(self, session: ColorizeSession) -> None:
        """Write the hints beside the picture; without any the file goes.

        Raises:
            CannotWrite: the disk is full or the folder does not allow it.
        """
        if session.path is None:
            return
        path = hints_path(session.path)
        with explain_errors(path):
            if session.has_unread_hints and path.exists():
                path.replace(path.with_name(f"{path.name}.unread"))
            session.has_unread_hints = False
            if session.layer.hints:
                size = session.source.width, session.source.height
                write_hints(path, session.layer.hints, size)
            else:
                path.unlink(missing_ok=True)

    def _read_hints(self, session: ColorizeSession) -> None:
        """Take what lies beside the picture; `trouble` says what is wrong with it."""
        self.trouble = None
        path = None if session.path is None else hints_path(session.path)
        if path is None or not path.exists():
            return
        try:
            size = session.source.width, session.source.height
            session.layer.hints = read_hints(path, size)
        except SrStudioError as error:
            self.trouble, session.has_unread_hints = error, True
