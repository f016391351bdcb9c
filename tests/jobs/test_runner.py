from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sr_studio.errors import SrStudioError
from sr_studio.jobs.control import JobContext
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
from sr_studio.jobs.runner import JobRunner

TIMEOUT_S = 10


@dataclass(frozen=True)
class Call:
    """A request that does what a test says."""

    act: Callable[[JobContext], object]

    def run(self, context: JobContext) -> object:
        return self.act(context)


@dataclass
class Log:
    events: queue.SimpleQueue[JobEvent] = field(default_factory=queue.SimpleQueue)

    def until_final(self) -> list[JobEvent]:
        seen: list[JobEvent] = []
        while not seen or not isinstance(seen[-1], FinalEvent):
            seen.append(self.events.get(timeout=TIMEOUT_S))
        return seen


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def runner(log: Log) -> Iterator[JobRunner]:
    runner = JobRunner(log.events.put, name="test-compute")
    yield runner
    runner.close()


def fail(error: BaseException) -> Callable[[JobContext], object]:
    def act(_context: JobContext) -> object:
        raise error

    return act


def run_forever(context: JobContext) -> object:
    pause = threading.Event()
    while True:
        context.checkpoint()
        pause.wait(0.001)


def test_success_starts_and_ends_once(runner: JobRunner, log: Log) -> None:
    job = runner.submit(Call(lambda _context: 42))
    assert log.until_final() == [Started(job.id), Succeeded(job.id, 42)]


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA out of memory"), MemoryError(), SrStudioError("no", advice="do")]
)
def test_every_failure_becomes_one_final_event(
    runner: JobRunner, log: Log, error: Exception
) -> None:
    runner.submit(Call(fail(error)))
    final = log.until_final()[-1]
    assert isinstance(final, Failed)
    assert final.error is error
    runner.submit(Call(lambda _context: "alive"))
    assert log.until_final()[-1] == Succeeded(2, "alive")


def test_cancel_ends_within_one_step(runner: JobRunner, log: Log) -> None:
    job = runner.submit(Call(run_forever))
    assert log.events.get(timeout=TIMEOUT_S) == Started(job.id)
    job.cancel()
    assert log.until_final() == [Cancelled(job.id)]


def test_cancelled_while_queued_never_starts(runner: JobRunner, log: Log) -> None:
    first = runner.submit(Call(run_forever))
    second = runner.submit(Call(fail(AssertionError("must not run"))))
    second.cancel()
    first.cancel()
    assert log.until_final()[-1] == Cancelled(first.id)
    assert log.until_final() == [Cancelled(second.id)]


def test_a_newer_job_of_the_group_supersedes_the_older(runner: JobRunner, log: Log) -> None:
    old = runner.submit(Call(run_forever), supersedes="preview")
    other = runner.submit(Call(lambda _context: "other"), supersedes="full")
    new = runner.submit(Call(lambda _context: "new"), supersedes="preview")
    assert log.until_final()[-1] == Cancelled(old.id)
    assert log.until_final()[-1] == Succeeded(other.id, "other")
    assert log.until_final()[-1] == Succeeded(new.id, "new")


def test_finish_early_keeps_the_best_so_far(runner: JobRunner, log: Log) -> None:
    def act(context: JobContext) -> object:
        steps = 0
        while not context.should_finish:
            context.checkpoint()
            steps += 1
        return "best"

    job = runner.submit(Call(act))
    log.events.get(timeout=TIMEOUT_S)
    job.finish_early()
    assert log.until_final() == [Succeeded(job.id, "best")]


def test_pause_blocks_and_cancel_wakes_a_paused_job(runner: JobRunner, log: Log) -> None:
    stepped = threading.Semaphore(0)

    def act(context: JobContext) -> object:
        while True:
            context.checkpoint()
            stepped.release()

    job = runner.submit(Call(act))
    assert stepped.acquire(timeout=TIMEOUT_S)
    job.pause()
    while stepped.acquire(timeout=0.2):  # the steps that were under way
        pass
    job.resume()
    assert stepped.acquire(timeout=TIMEOUT_S)
    job.pause()
    job.cancel()
    assert log.until_final()[-1] == Cancelled(job.id)


def test_close_cancels_what_runs_and_what_waits(log: Log) -> None:
    runner = JobRunner(log.events.put, name="test-compute")
    runner.submit(Call(run_forever))
    runner.submit(Call(run_forever))
    runner.close()
    finals = []
    while not log.events.empty():
        event = log.events.get()
        if isinstance(event, FinalEvent):
            finals.append(event)
    assert finals == [Cancelled(1), Cancelled(2)]


def test_progress_parts_fill_their_span(runner: JobRunner, log: Log) -> None:
    def act(context: JobContext) -> object:
        context.part(0.5, 0.5).report(1, 1, "second half")
        return None

    job = runner.submit(Call(act))
    progressed = [event for event in log.until_final() if isinstance(event, Progressed)]
    assert progressed == [Progressed(job.id, 1.0, "second half", None)]


def test_previews_are_made_only_when_wanted(runner: JobRunner, log: Log) -> None:
    made: list[int] = []

    def act(context: JobContext) -> object:
        for index in range(100):
            context.offer_preview(lambda index=index: made.append(index) or index)  # type: ignore[misc]
        return None

    job = runner.submit(Call(act))
    events: list[Any] = log.until_final()
    assert events.count(PreviewReady(job.id)) == 1
    assert made == [0]
    assert job.previews.take() == 0
    assert job.previews.take() is None
