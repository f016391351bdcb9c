"""What is said of a restoration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from sr_studio.engines.prior.restoration import Restoration, RestorePreview


def restoration_in_words(found: Restoration) -> str:
    """Say how it ended, and what the user should know."""
    words = {
        "variance": _words("Stopped by itself after %1 iterations; the best moment was %2."),
        "iterations": _words("All %1 iterations are done; this is moment %2."),
        "user": _words("Stopped after %1 iterations; this is moment %2."),
        "time": _words("The time was up after %1 iterations; this is moment %2."),
    }[found.stopped_by]
    words = words.replace("%1", f"{found.iterations:,}").replace("%2", f"{found.iteration:,}")
    parts = [words, *found.notes]
    if found.full_psnr is not None:
        parts.append(_words("At full size it has %1 dB.").replace("%1", f"{found.full_psnr:.2f}"))
    return " ".join(parts)


def moment_in_words(preview: RestorePreview, iteration: int, *, working_px: int) -> str:
    """Say which moment of a run is shown, and how near it is to the truth where that is known.

    Args:
        preview: the newest of the run.
        iteration: that is shown.
        working_px: of its settings; the curves are of that size where it is below the picture's.
    """
    words = _words("iteration %1").replace("%1", f"{iteration:,}")
    psnr = preview.curves.psnr_at(iteration)
    if psnr is None:
        return words
    is_reduced = 0 < working_px < max(preview.image.width, preview.image.height)
    figure = _words("%1 dB at the working size") if is_reduced else _words("%1 dB")
    return f"{words} · {figure.replace('%1', f'{psnr:.2f}')}"


def _words(text: str) -> str:
    return QCoreApplication.translate("RestoreWords", text)
