"""The row of edits that can be taken back and done again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sr_studio.imaging.region import Region

_BUDGET_BYTES = 512 << 20


class UndoEntry(Protocol):
    """One edit that was done."""

    @property
    def text(self) -> str:
        """For the menu: "Brush"."""

    @property
    def nbytes(self) -> int:
        """What it keeps in memory."""

    def swap(self) -> Region:
        """Take the edit back or, called again, do it again; return where."""


class UndoStack:
    """Takes edits back in the opposite order; a new edit drops what was taken back.

    Args:
        budget_bytes: beyond it the oldest edits can no longer be taken back.
    """

    def __init__(self, budget_bytes: int = _BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._done: list[UndoEntry] = []
        self._undone: list[UndoEntry] = []

    @property
    def undo_text(self) -> str:
        """What `undo` would take back; "" for nothing."""
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """What `redo` would do again; "" for nothing."""
        return self._undone[-1].text if self._undone else ""

    def push(self, entry: UndoEntry) -> None:
        """Add an edit that was just done."""
        self._undone.clear()
        self._done.append(entry)
        used = sum(each.nbytes for each in self._done)
        while used > self._budget_bytes and len(self._done) > 1:
            used -= self._done.pop(0).nbytes

    def undo(self) -> Region | None:
        """Take the last edit back; return where, None where there is none."""
        if not self._done:
            return None
        entry = self._done.pop()
        self._undone.append(entry)
        return entry.swap()

    def redo(self) -> Region | None:
        """Do again what was taken back last; return where, None where there is nothing."""
        if not self._undone:
            return None
        entry = self._undone.pop()
        self._done.append(entry)
        return entry.swap()
