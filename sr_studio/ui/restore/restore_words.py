"""What is said of a restoration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from sr_studio.engines.prior.restoration import Restoration


def restoration_in_words(found: Restoration) -> str:
    """Say how it ended, and what the user should know."""
    words = {
        "variance": _words("Stopped by itself after %1 iterations; the best moment was %2."),
        "iterations": _words("All %1 iterations are done; this is moment %2."),
        "user": _words("Stopped after %1 iterations; this is moment %2."),
        "time": _words("The time was up after %1 iterations; this is moment %2."),
    }[found.stopped_by]
    words = words.replace("%1", f"{found.iterations:,}").replace("%2", f"{found.iteration:,}")
    return " ".join([words, *found.notes])


def _words(text: str) -> str:
    return QCoreApplication.translate("RestoreWords", text)
