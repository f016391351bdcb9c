"""How a running job is told to stop, and how it tells the world where it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class JobCancelled(Exception):
    """Raised inside a job by `checkpoint`; never caught by engines."""


class CancelToken:
    """The switches of one job; every method may be called from any thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._finish_early = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def cancel(self) -> None:
        """Discard the job; a paused job wakes to end."""
        self._cancelled.set()
        self._running.set()

    def finish_early(self) -> None:
        """Ask the job to keep the best so far and end well."""
        self._finish_early.set()
        self._running.set()

    def pause(self) -> None:
        if not self._cancelled.is_set():
            self._running.clear()

    def resume(self) -> None:
        self._running.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        return not self._running.is_set()

    @property
    def should_finish(self) -> bool:
        return self._finish_early.is_set()

    def checkpoint(self) -> None:
        """Block while paused; raise JobCancelled once cancelled."""
        self._running.wait()
        if self._cancelled.is_set():
            raise JobCancelled


class JobContext(Protocol):
    """What a running job sees of the world. Engines call it; nothing in it knows Qt."""

    @property
    def should_finish(self) -> bool:
        """Whether the user asked to stop here and keep the best so far."""

    def checkpoint(self) -> None:
        """Call at least once per tile, iteration, batch and frame.

        Raises:
            JobCancelled: the user cancelled; let it pass.
        """

    def report(self, done: float, total: float, note: str = "") -> None:
        """Say how far this job is; `note` is a few words for the user, such as the tile size."""

    def part(self, offset: float, length: float) -> JobContext:
        """Return a context whose 0..total fills [offset, offset + length] of this one's 0..1."""

    def offer_preview(self, make: Callable[[], object]) -> None:
        """Call `make` and show its result, only if the viewer is ready for one."""
