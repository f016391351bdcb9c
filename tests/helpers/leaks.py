"""What a test of the window must not leave behind: threads, timers, windows."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Iterable

_GRACE_S = 3.0  # a worker may finish the tile or step it is at


def settle_deletions() -> None:
    """Carry out every `deleteLater` and collect what Python alone still holds."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def leaked_threads(before: Iterable[threading.Thread]) -> list[str]:
    """Return the names of threads that are not in `before` and do not end by themselves."""
    known = set(before)
    fresh = [
        thread
        for thread in threading.enumerate()
        # Qt's own threads show up as dummies once Python code runs in them; nobody can join those
        if thread not in known and not isinstance(thread, threading._DummyThread)
    ]
    for thread in fresh:
        thread.join(_GRACE_S)
    return [thread.name for thread in fresh if thread.is_alive()]


def active_timers() -> list[QTimer]:
    """Return the running timers that Python made."""
    return [
        found
        for found in gc.get_objects()
        if issubclass(type(found), QTimer) and shiboken6.isValid(found) and found.isActive()
    ]


def leaked_windows() -> list[str]:
    """Return the top-level widgets that are still alive, by class and name."""
    return [
        f"{type(widget).__name__} {widget.objectName()!r}"
        for widget in QApplication.topLevelWidgets()
    ]
