"""Parses the first word and starts the command line or the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sr_studio.allocator import tune_allocator


def main() -> int:
    """Run the program; returns its exit code.

    Files, folders and no word at all open the window; everything else is for the command line,
    which knows how to say that a command is misspelt.
    """
    words = sys.argv[1:]
    tune_allocator()
    if words and not _is_file_name(words[0]):
        from sr_studio.bench._task import TASK as BENCH_TASK
        from sr_studio.cli.main import run_command_line
        from sr_studio.tasks._registry import all_tasks

        return run_command_line(words, {**all_tasks(), BENCH_TASK.id: BENCH_TASK})
    if not _has_display():
        sys.stderr.write(
            "sr-studio: there is no display to open the window on. "
            "Start it on a desktop, or use the command line: sr-studio --help\n"
        )
        return 1
    from sr_studio.ui.application import run_application

    return run_application([Path(word) for word in words])


def _has_display() -> bool:
    """Whether Qt finds one; without, it would end the process with messages of its own."""
    if not sys.platform.startswith("linux"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def _is_file_name(word: str) -> bool:
    path = Path(word)
    return not word.startswith("-") and (path.exists() or path.suffix != "" or path.name != word)


if __name__ == "__main__":
    sys.exit(main())
