from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from tests.helpers import leaks


def test_a_thread_that_lives_on_is_named(monkeypatch):
    monkeypatch.setattr(leaks, "_GRACE_S", 0.01)
    before = threading.enumerate()
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait, name="forgotten")
    thread.start()
    assert leaks.leaked_threads(before) == ["forgotten"]
    may_end.set()
    assert leaks.leaked_threads(before) == []


def test_a_running_timer_is_seen_until_it_stops():
    timer = QTimer()
    timer.start(10_000)
    assert timer in leaks.active_timers()
    timer.stop()
    assert timer not in leaks.active_timers()


def test_a_window_is_seen_until_it_is_deleted():
    window = QWidget()
    window.setObjectName("forgotten")
    assert leaks.leaked_windows() == ["QWidget 'forgotten'"]
    window.deleteLater()
    del window
    leaks.settle_deletions()
    assert leaks.leaked_windows() == []


def test_calls_into_qt_keep_none_alive():
    """PySide6 6.12.0 lost a reference to None at each call; Python 3.11 aborts at the last one."""
    held = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        held.setObjectName("x")
    assert sys.getrefcount(None) > before - 100
