"""Progress on standard error: one moving line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from sr_studio.jobs.events import Progressed

_PLAIN_EVERY_S = 10.0


class ProgressLine:
    """Writes what a job reports; silent where asked."""

    def __init__(self, stream: TextIO, *, is_quiet: bool) -> None:
        self._stream = stream
        self._is_quiet = is_quiet
        self._is_terminal = stream.isatty()
        self._last_s = time.monotonic()
        self._width = 0

    def show(self, event: Progressed) -> None:
        now_s = time.monotonic()
        if self._is_quiet or (not self._is_terminal and now_s - self._last_s < _PLAIN_EVERY_S):
            return
        self._last_s = now_s
        eta = "" if event.eta_s is None else f", {format_duration(event.eta_s)} left"
        note = f"  {event.note}" if event.note else ""
        line = f"{event.fraction:4.0%}{eta}{note}"
        if self._is_terminal:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(line.strip() + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Leave a terminal's line empty for what comes next."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._width = 0


def format_duration(seconds: float) -> str:
    """Return "8 s", "3 min 05 s" or "2 h 10 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
