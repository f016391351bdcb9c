"""A one-place mailbox: the worker overwrites, the viewer takes the newest."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class PreviewSlot:
    """Holds at most one preview, so that a slow viewer never makes a queue grow."""

    def __init__(self, on_filled: Callable[[], None], min_interval_s: float = 0.1) -> None:
        self._on_filled = on_filled
        self._min_interval_s = min_interval_s
        self._lock = threading.Lock()
        self._latest: object | None = None
        self._last_put_s = float("-inf")

    def wants_one(self) -> bool:
        """Whether the viewer has taken the last preview and enough time has passed."""
        with self._lock:
            waited_s = time.monotonic() - self._last_put_s
            return self._latest is None and waited_s >= self._min_interval_s

    def put(self, value: object) -> None:
        with self._lock:
            was_empty = self._latest is None
            self._latest = value
            self._last_put_s = time.monotonic()
        if was_empty:
            self._on_filled()

    def take(self) -> object | None:
        with self._lock:
            value, self._latest = self._latest, None
            return value
