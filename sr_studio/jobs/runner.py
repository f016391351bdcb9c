"""One worker thread, one job at a time, exactly one final event per job."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from typing import TYPE_CHECKING, Protocol

from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.events import (
    Cancelled,
    Failed,
    FinalEvent,
    JobEvent,
    PreviewReady,
    Progressed,
    Started,
    Succeeded,
)
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ReportingContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.jobs.control import JobContext

_log = logging.getLogger(__name__)


class Request(Protocol):
    """Something a user can ask for: frozen, and it knows how to carry itself out."""

    def run(self, context: JobContext) -> object:
        """Carry it out in the worker's thread; raise SrStudioError where the user can act."""


class Job:
    """A submitted request and its switches; its methods may be called from any thread."""

    def __init__(self, job_id: int, request: Request, group: str, previews: PreviewSlot) -> None:
        self.id = job_id
        self.request = request
        self.group = group
        self.previews = previews
        self.token = CancelToken()

    def cancel(self) -> None:
        """Discard it; the job ends within one step with Cancelled."""
        self.token.cancel()

    def finish_early(self) -> None:
        """Keep the best so far; the job ends within one step with Succeeded."""
        self.token.finish_early()

    def pause(self) -> None:
        self.token.pause()

    def resume(self) -> None:
        self.token.resume()


class JobRunner:
    """Runs requests one after the other in a thread that lives as long as the program.

    Args:
        emit: receives every event, in the worker's thread; must not raise.
        name: of the thread, seen in a debugger.
    """

    def __init__(self, emit: Callable[[JobEvent], None], *, name: str) -> None:
        self._emit = emit
        self._ids = itertools.count(1)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._unfinished: dict[int, Job] = {}
        self._thread = threading.Thread(target=self._work, name=name)
        self._thread.start()

    def submit(self, request: Request, *, supersedes: str = "") -> Job:
        """Queue a request.

        Args:
            request: what to do.
            supersedes: a group name; unfinished jobs of the same group are cancelled first.
        """
        job_id = next(self._ids)
        job = Job(
            job_id, request, supersedes, PreviewSlot(lambda: self._emit(PreviewReady(job_id)))
        )
        with self._lock:
            if supersedes:
                for other in self._unfinished.values():
                    if other.group == supersedes:
                        other.cancel()
            self._unfinished[job_id] = job
        self._jobs.put(job)
        return job

    def close(self) -> None:
        """Cancel what is unfinished and wait for the thread to end."""
        with self._lock:
            for job in self._unfinished.values():
                job.cancel()
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            event = self._final_event(job)
            with self._lock:
                del self._unfinished[job.id]
            self._emit(event)

    def _final_event(self, job: Job) -> FinalEvent:
        def tell(fraction: float, note: str, eta_s: float | None) -> None:
            self._emit(Progressed(job.id, fraction, note, eta_s))

        try:
            job.token.checkpoint()
            self._emit(Started(job.id))
            return Succeeded(
                job.id, job.request.run(ReportingContext(job.token, tell, job.previews))
            )
        except JobCancelled:
            return Cancelled(job.id)
        except Exception as error:  # noqa: BLE001  the boundary: every failure becomes one event
            _log.info("job %d failed", job.id, exc_info=error)
            return Failed(job.id, error)
