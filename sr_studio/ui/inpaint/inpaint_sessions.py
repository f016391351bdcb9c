"""The sessions of all open pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sr_studio.ui.inpaint.inpaint_session import InpaintSession

if TYPE_CHECKING:
    from sr_studio.ui.documents import Documents, PictureDocument


class InpaintSessions:
    """One InpaintSession for each document that was looked at."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._sessions: dict[int, InpaintSession] = {}

    @property
    def current(self) -> InpaintSession | None:
        """Of the picture that is shown; None while it is not read."""
        document = self._documents.current
        if document is None or document.source is None:
            return None
        session = self._sessions.get(document.id)
        if session is None or session.source.pixels.shape != document.source.pixels.shape:
            session = self._sessions[document.id] = InpaintSession(document.source)
        return session

    def of(self, document: PictureDocument | None) -> InpaintSession | None:
        """Return what belongs to an open document."""
        if document is None or document not in self._documents:
            return None
        return self._sessions.get(document.id)

    def document_of(self, session: InpaintSession) -> PictureDocument | None:
        return next((each for each in self._documents if self.of(each) is session), None)

    def forget_closed(self) -> None:
        """Let go of those whose document is no longer open."""
        open_ids = {document.id for document in self._documents}
        self._sessions = {id_: each for id_, each in self._sessions.items() if id_ in open_ids}
