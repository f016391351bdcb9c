from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QToolButton

from sr_studio.errors import SrStudioError
from sr_studio.ui.job_desk import JobDesk, TrackedJob
from sr_studio.ui.jobs_dock import JobRow, JobsDock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True)
class Count:
    steps: int = 3
    error: Exception | None = None
    hold: threading.Event = field(default_factory=threading.Event)

    def run(self, context: JobContext) -> int:
        for step in range(self.steps):
            context.checkpoint()
            context.report(step + 1, self.steps, "a note")
        context.offer_preview(lambda: "half")
        if self.error is not None:
            raise self.error
        return self.steps


@dataclass(frozen=True)
class Forever:
    entered: threading.Event

    def run(self, context: JobContext) -> None:
        self.entered.set()
        while True:
            context.checkpoint()


@pytest.fixture
def desk(qapp: object) -> Iterator[JobDesk]:
    desk = JobDesk()
    yield desk
    desk.close()


def test_a_job_tells_its_asker_in_the_gui_thread(desk: JobDesk, qtbot: QtBot) -> None:
    seen: list[object] = []
    job = desk.start(Count(), title="count")
    job.succeeded.connect(lambda result: seen.append((result, threading.current_thread())))
    job.preview.connect(seen.append)
    with qtbot.waitSignal(job.ended, timeout=3000):
        pass
    assert seen == ["half", (3, threading.main_thread())]
    assert (job.state, job.fraction) == ("done", 1.0)


@pytest.mark.parametrize("error", [SrStudioError("no", advice="do"), RuntimeError("boom")])
def test_a_failure_reaches_desk_and_asker(desk: JobDesk, qtbot: QtBot, error: Exception) -> None:
    told: list[object] = []
    desk.failed.connect(lambda job, e: told.append((job.title, e)))
    job = desk.start(Count(error=error), title="count")
    with qtbot.waitSignal(job.failed, timeout=3000) as caught:
        pass
    assert caught.args == [error]
    assert told == [("count", error)]
    assert job.state == "failed"


def test_a_failure_that_the_asker_handles_is_not_told_twice(desk: JobDesk, qtbot: QtBot) -> None:
    told: list[object] = []
    desk.failed.connect(lambda *args: told.append(args))
    job = desk.start(Count(error=RuntimeError()), title="count", tells_failure=False)
    with qtbot.waitSignal(job.ended, timeout=3000):
        pass
    assert told == []


def test_cancel_ends_within_one_step(desk: JobDesk, qtbot: QtBot) -> None:
    entered = threading.Event()
    job = desk.start(Forever(entered), title="forever")
    assert entered.wait(3)
    with qtbot.waitSignal(job.cancelled, timeout=3000):
        job.cancel()
    assert desk.unfinished() == ()


def test_a_newer_job_of_a_group_ends_the_older(desk: JobDesk, qtbot: QtBot) -> None:
    entered = threading.Event()
    old = desk.start(Forever(entered), title="old", supersedes="preview")
    new = desk.start(Count(), title="new", supersedes="preview")
    with qtbot.waitSignals([old.cancelled, new.ended], timeout=3000):
        pass
    assert (old.state, new.state) == ("cancelled", "done")


def test_files_do_not_wait_for_computing(desk: JobDesk, qtbot: QtBot) -> None:
    long = desk.start(Forever(threading.Event()), title="long")
    short = desk.start(Count(), title="short", on="files")
    with qtbot.waitSignal(short.succeeded, timeout=3000):
        pass
    assert not long.has_ended


def test_closing_ends_what_runs(qapp: object) -> None:
    desk = JobDesk()
    entered = threading.Event()
    desk.start(Forever(entered), title="forever")
    assert entered.wait(3)
    desk.close()  # the leak fixture sees to it that no thread is left


def test_progress_carries_note_and_fraction(desk: JobDesk, qtbot: QtBot) -> None:
    seen: list[tuple[float, str]] = []
    job: TrackedJob = desk.start(Count(steps=1), title="count")
    job.changed.connect(lambda: seen.append((job.fraction, job.note)))
    with qtbot.waitSignal(job.ended, timeout=3000):
        pass
    assert (1.0, "a note") in seen


@dataclass(frozen=True)
class UntilFinished:
    """Works on until it is asked to keep what it has."""

    def run(self, context: JobContext) -> str:
        while not context.should_finish:
            context.checkpoint()
            context.report(1, 3)
        return "the best so far"


def test_a_training_is_finished_early_from_its_row_while_others_work(
    desk: JobDesk, qtbot: QtBot
) -> None:
    dock = JobsDock(desk)
    qtbot.addWidget(dock)
    dock.hide()
    watched = desk.start(
        UntilFinished(), title="watch", on="downloads", can_finish=True, is_watched=True
    )
    assert not dock.isVisible()
    training = desk.start(UntilFinished(), title="learn", on="training", can_finish=True)
    assert dock.isVisible()
    with qtbot.waitSignal(watched.succeeded, timeout=3000):
        watched.finish_early()
    other = desk.start(Count(), title="count")
    with qtbot.waitSignal(other.succeeded, timeout=3000):
        pass
    row = next(row for row in dock.rows() if row.job is training)
    plain = next(row for row in dock.rows() if row.job is other)
    qtbot.waitUntil(lambda: finish_button(row).isVisible(), timeout=3000)
    assert not finish_button(plain).isVisible()
    with qtbot.waitSignal(training.succeeded, timeout=3000) as done:
        finish_button(row).click()
    assert done.args == ["the best so far"]
    assert not finish_button(row).isVisible()


def finish_button(row: JobRow) -> QToolButton:
    buttons = row.findChildren(QToolButton)
    return next(button for button in buttons if button.accessibleName().startswith("Finish"))
