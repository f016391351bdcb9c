"""The whole window, opened on one of its panels and closed without a trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sr_studio.ui.application import Studio, build_studio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

_TIMEOUT_MS = 60_000


def wait_for(qtbot: QtBot, holds: Callable[[], object]) -> None:
    """Wait until `holds` is true, a minute at most."""
    qtbot.waitUntil(lambda: bool(holds()), timeout=_TIMEOUT_MS)


@contextmanager
def open_studio(settings_file: Path) -> Iterator[Studio]:
    """Yield the window at the size of a small laptop's screen."""
    studio = build_studio(settings_file)
    studio.window.resize(1366, 768)
    studio.window.show()
    yield studio
    studio.close()
    studio.window.hide()
    studio.window.deleteLater()
    studio.deleteLater()
