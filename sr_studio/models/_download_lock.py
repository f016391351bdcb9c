"""Keeps two programs from writing one download: the window and a command line, for example."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sr_studio.errors import WeightsError
from sr_studio.imaging.atomic_file import explain_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def only_download_of(part: Path) -> Iterator[None]:
    """Hold a lock file beside `part`; the system lets go of it however the program ends.

    Raises:
        WeightsError: another program, or another thread, holds it.
        CannotWrite: the folder or the disk does not allow the lock file.
    """
    path = part.with_suffix(".lock")
    with explain_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _locks(handle) or not _is_still(path, handle):
            raise WeightsError(
                f"Another program is downloading {part.stem} at this moment.",
                advice="Wait until it is done, then try again.",
            )
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink()
    finally:
        os.close(handle)


def _locks(handle: int) -> bool:
    """Take the lock; false where another has it. Disks that know no locks do without."""
    if sys.platform == "win32":
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_still(path: Path, handle: int) -> bool:
    """Whether the lock file is the one that was opened: another may have removed it since."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False
