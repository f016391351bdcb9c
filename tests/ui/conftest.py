"""Every test of the window runs without a screen and leaves nothing behind."""

from __future__ import annotations

import gc
import logging
import os
import threading
from typing import TYPE_CHECKING

import pytest

from tests.helpers.leaks import active_timers, leaked_threads, leaked_windows, settle_deletions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def log_warnings() -> Iterator[list[logging.LogRecord]]:
    """Fail on a logged warning; a test that expects one asserts on the list and clears it."""
    handler = _Warnings()
    logger = logging.getLogger("sr_studio")
    logger.addHandler(handler)
    yield handler.records
    logger.removeHandler(handler)
    assert not handler.records, [record.getMessage() for record in handler.records]


@pytest.fixture(autouse=True)
def no_leaks(qapp: QApplication) -> Iterator[None]:
    """Fail where a test leaves a thread, a running timer or a window.

    Set up before `qtbot`, so that it looks after `qtbot` has closed the test's widgets.
    """
    threads = threading.enumerate()
    gc.freeze()  # what was there before is no leak of this test, and torch is long to look through
    yield
    settle_deletions()
    assert leaked_threads(threads) == []
    assert active_timers() == []
    assert leaked_windows() == []
