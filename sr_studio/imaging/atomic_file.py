"""Writes a file so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sr_studio.errors import CannotWrite, OutputExists

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADVICE: Final = {
    errno.ENOSPC: ("the disk is full", "Free some space, or save to another disk."),
    errno.EDQUOT: ("your share of the disk is used up", "Free some space, or save elsewhere."),
    errno.EFBIG: (
        "it would be larger than this disk allows a file to be",
        "Choose a format that compresses more, or save to another disk.",
    ),
    errno.EACCES: ("you may not write there", "Choose another folder, or ask its owner."),
    errno.EPERM: ("you may not write there", "Choose another folder, or ask its owner."),
    errno.EROFS: ("the disk is read-only", "Choose a folder on another disk."),
    errno.ENOENT: ("its folder does not exist", "Create the folder first, or choose another."),
    errno.ENOTDIR: ("its folder is a file", "Choose another folder."),
    errno.EISDIR: ("a folder has that name", "Choose another name."),
    errno.ENAMETOOLONG: ("its name is too long", "Choose a shorter name."),
    errno.ENODEV: ("the disk is not there", "Plug it in again, or choose another folder."),
    errno.ENXIO: ("the disk is not there", "Plug it in again, or choose another folder."),
    errno.EIO: ("the disk reports an error", "Check the disk; save to another one."),
    errno.EINVAL: ("its name is not allowed here", "Choose a name without special characters."),
    errno.ELOOP: ("its links lead in a circle", "Choose another name."),
}
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@contextlib.contextmanager
def atomic_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary path in the same folder; what stands there at the end becomes `path`.

    The file is flushed to the disk before it gets its name. A symbolic link stays one: the file
    it points to is replaced. A replaced file's permissions are kept.
    If the body fails in any way, nothing is left behind and what stood there is unharmed.

    Args:
        path: the file to write.
        overwrite: replace a file that stands there; without it, one that appears in the
            meantime is not replaced either.

    Raises:
        OutputExists: a file stands there and `overwrite` is false.
        CannotWrite: the folder, the disk or the name does not allow it.
    """
    with explain_errors(path):
        target = Path(os.path.realpath(path))
        old_mode = _check_target(path, target, overwrite=overwrite)
        temporary = target.with_name(f".{secrets.token_hex(8)}.part")
        temporary.open("xb").close()
    try:
        with explain_errors(path):
            yield temporary
            _flush(temporary)
            if old_mode is not None:
                temporary.chmod(stat.S_IMODE(old_mode))
            if overwrite:
                temporary.replace(target)
            else:
                _move_without_overwriting(temporary, target)
            _flush_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about a file to be written into sentences.

    Args:
        path: the file.

    Raises:
        CannotWrite: the body raised an OSError.
    """
    try:
        yield
    except FileExistsError as error:
        raise _output_exists(path) from error
    except OSError as error:
        reason, advice = _ADVICE.get(
            error.errno or 0,
            (error.strerror or "the system refused", "Choose another folder or name."),
        )
        raise CannotWrite(f"{path} could not be written: {reason}.", advice=advice) from error
    except ValueError as error:
        if "null byte" not in str(error):
            raise
        reason, advice = _ADVICE[errno.EINVAL]
        raise CannotWrite(f"{path} could not be written: {reason}.", advice=advice) from error


def _output_exists(path: Path) -> OutputExists:
    return OutputExists(
        f"{path} exists already.", advice="Choose another name, or allow overwriting."
    )


def _check_target(path: Path, target: Path, *, overwrite: bool) -> int | None:
    """Refuse what cannot be replaced; return the mode of a file that can."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise CannotWrite(
            f"{path} could not be written: it is a device, not a file.",
            advice="Choose another name.",
        )
    if not overwrite:
        raise _output_exists(path)
    return status.st_mode


def _flush(file: Path) -> None:
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())


def _move_without_overwriting(temporary: Path, target: Path) -> None:
    """Give the file its name unless another one took it in the meantime.

    Raises:
        FileExistsError: another one did.
    """
    if sys.platform == "win32":
        temporary.rename(target)  # refuses an existing target there
        return
    try:
        target.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # exFAT and some network disks know no links: take the name, then replace it
        target.open("xb").close()
        try:
            temporary.replace(target)
        except BaseException:
            target.unlink()
            raise


def _flush_folder(folder: Path) -> None:
    """Make the new name survive a power cut; some systems cannot flush a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
