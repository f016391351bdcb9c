"""Runs one task from the command line, through the same job layer as the window."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.cli.json_output import to_json
from sr_studio.cli.progress_line import ProgressLine
from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.jobs.events import Cancelled, Failed, FinalEvent, JobEvent, Progressed, Succeeded
from sr_studio.jobs.runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sr_studio.tasks._spec import TaskSpec

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def run_command_line(words: Sequence[str], tasks: Mapping[str, TaskSpec]) -> int:
    """Parse `words`, run the task they name and return the exit code: 0, 1, 2 or 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a narrow terminal must not end in a traceback
            stream.reconfigure(errors="backslashreplace")
    arguments = build_parser(tasks).parse_args(words)
    task = tasks[arguments.command]
    try:
        request = request_from_arguments(task, arguments)
    except InvalidRequest as error:
        return _tell_error(error, task.id)
    # a training on several devices runs this command once for each; the first one speaks
    is_helper = os.environ.get("LOCAL_RANK", "0") != "0"
    progress = ProgressLine(sys.stderr, is_quiet=arguments.quiet or is_helper)
    event = _run(request, progress)
    progress.clear()
    match event:
        case Cancelled():
            sys.stderr.write("Interrupted; nothing was left half-written.\n")
            return INTERRUPTED
        case Failed(error=failure):
            return _tell_error(failure, task.id)
        case Succeeded(result=result):
            try:
                if is_helper:
                    return DONE
                return _tell_result(result, is_json=arguments.json)
            except OSError as error:  # a full disk, or a reader that has gone
                return _tell_lost_output(error, task.id)


def _run(request: Any, progress: ProgressLine) -> FinalEvent:
    """Run it in the worker thread; Ctrl+C and a polite kill cancel it within one step."""
    events: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
    runner = JobRunner(events.put, name="sr-compute")
    job = runner.submit(request)

    def cancel(_signal: int, _frame: object) -> None:
        job.cancel()

    previous = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while True:
            event = events.get()
            if isinstance(event, (Succeeded, Failed, Cancelled)):
                return event
            if isinstance(event, Progressed):
                progress.show(event)
    finally:
        runner.close()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _tell_error(error: Exception, command: str) -> int:
    if isinstance(error, SrStudioError):
        _write_sentence(f"sr-studio {command}: {error.message} {error.advice}")
        return WRONG_USAGE if isinstance(error, InvalidRequest) else FAILED
    if os.environ.get("SR_STUDIO_DEBUG"):
        traceback.print_exception(error)
    _write_sentence(
        f"sr-studio {command}: an unexpected {type(error).__name__} stopped it: {error}. "
        "Please report it with what SR_STUDIO_DEBUG=1 prints."
    )
    return FAILED


def _write_sentence(sentence: str) -> None:
    """Write one line to standard error; names of files and words of servers may hold anything."""
    letters = (each if each.isprintable() else repr(each)[1:-1] for each in sentence.rstrip())
    sys.stderr.write("".join(letters) + "\n")


def _tell_lost_output(error: OSError, command: str) -> int:
    with contextlib.suppress(OSError, ValueError):  # what is left would fail again at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        sys.stderr.write(
            f"sr-studio {command}: the work is done, but standard output takes no more: "
            f"{error.strerror}. Send it elsewhere.\n"
        )
    return FAILED


def _tell_result(result: Any, *, is_json: bool) -> int:
    if is_json:
        is_ascii = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
        sys.stdout.write(to_json(result, is_ascii=is_ascii) + "\n")
    elif hasattr(result, "text"):
        sys.stdout.write(result.text() + "\n")
    elif result is not None:
        for item in result if isinstance(result, tuple) else (result,):
            sys.stdout.write((item.text() if hasattr(item, "text") else to_json(item)) + "\n")
    sys.stdout.flush()
    failures: tuple[str, ...] = getattr(result, "failures", ())
    for sentence in failures:
        _write_sentence(sentence)
    return FAILED if failures else DONE
