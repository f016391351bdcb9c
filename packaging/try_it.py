"""Opens the window on the sample photo; without a display, enlarges it headless and says where.

.venv/bin/python packaging/try_it.py [FOLDER]   FOLDER: of the headless results, by default out/
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sr_studio.allocator import tune_allocator
from sr_studio.errors import SrStudioError
from sr_studio.resource_files import resource_folder

if TYPE_CHECKING:
    from sr_studio.ui.documents import Outcome

SAMPLE = resource_folder() / "samples" / "astronaut.png"
PATIENCE_MS = 120_000
SETTLE_MS = 1_500  # tiles and figures that come after the result


def has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_headless(folder: Path) -> int:
    """Do by program what a user would do with the window: open, upscale, save; take its picture."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtGui import QAction

    from sr_studio.imaging.encode_image import SaveOptions, encode_image
    from sr_studio.jobs.progress import silent_context
    from sr_studio.ui.application import build_studio, snapshot
    from sr_studio.ui.saving.save_requests import SaveSheetRequest

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        studio = build_studio(Path(home) / "settings.json")
        documents, loop = studio.place.documents, QEventLoop()
        run = studio.window.findChild(QAction, "run")
        studio.window.resize(1366, 768)
        studio.window.show()
        started: list[bool] = []

        def follow() -> None:
            document = documents.current
            if document is None or document.source is None or document.error is not None:
                return
            if document.outcome is not None:
                QTimer.singleShot(SETTLE_MS, loop.quit)
            elif not started and not studio.place.desk.unfinished():  # networks and preview
                started.append(True)
                run.trigger()

        timer = QTimer()
        timer.timeout.connect(follow)
        timer.start(100)
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        studio.loader.open_paths([SAMPLE])
        loop.exec()
        timer.stop()
        outcome: Outcome | None = documents[0].outcome if len(documents) else None
        try:
            if outcome is None:
                error = documents[0].error if len(documents) else None
                sys.stderr.write(f"The sample could not be enlarged: {error}\n")
                return 1
            options = SaveOptions(overwrite=True)
            result = folder / f"{SAMPLE.stem}_{outcome.model}_x{outcome.scale:g}.png"
            sheet, picture = folder / "comparison.png", folder / "window.png"
            encode_image(outcome.image, result, options)
            title = f"{outcome.model} x{outcome.scale:g}"
            SaveSheetRequest(outcome.observed, outcome.image, title, None, sheet, options).run(
                silent_context()
            )
            snapshot(studio, picture)
        finally:
            studio.close()
    sys.stdout.write(
        f"There is no display here, so the sample was enlarged without one:\n"
        f"  the result         {result}\n"
        f"  beside bicubic     {sheet}\n"
        f"  the window         {picture}\n"
    )
    return 0


def main() -> int:
    """Open the window, or do its work without one."""
    tune_allocator()
    if has_display():
        from sr_studio.ui.application import run_application

        return run_application([SAMPLE])
    try:
        return run_headless(Path(sys.argv[1] if sys.argv[1:] else "out").resolve())
    except SrStudioError as error:
        sys.stderr.write(f"{error.message} {error.advice}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
