"""Every task of the program, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio import tasks
from sr_studio.discovery import discover
from sr_studio.tasks._spec import TaskSpec


@cache
def all_tasks() -> dict[str, TaskSpec]:
    """Return id -> task, in order of file name."""
    return discover(tasks, "TASK", TaskSpec)
