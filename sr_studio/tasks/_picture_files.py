"""Which files a task works on when it is given files and folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sr_studio.errors import CannotWrite, InvalidRequest, UnreadableImage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def is_folder_wanted(inputs: Sequence[Path], output: Path) -> bool:
    """Whether `output` names a folder: several inputs, a folder among them, or it is one."""
    if not inputs:
        raise InvalidRequest("No picture is given.", advice="Name at least one.")
    return len(inputs) > 1 or _is_folder(inputs[0]) or _is_folder(output)


def find_pictures(inputs: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files, and for each folder the pictures right in it, sorted by name.

    Folders are searched by content; a file that was named stays, so that it can be reported.

    Raises:
        UnreadableImage: there is none, or a folder cannot be read.
    """
    from sr_studio.imaging.decode_image import is_picture

    found: list[Path] = []
    for path in inputs:
        if _is_folder(path):
            found += [file for file in _files_in(path) if is_picture(file)]
        else:
            found.append(path)
    if not found:
        folders = ", ".join(str(path) for path in inputs)
        raise UnreadableImage(f"No pictures lie in {folders}.", advice="Choose another folder.")
    return tuple(found)


def _is_folder(path: Path) -> bool:
    """Whether it is one; what the system will not say is refused where it is opened."""
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder on the way that may not be entered
        return False


def _files_in(folder: Path) -> list[Path]:
    try:
        return [file for file in sorted(folder.iterdir()) if file.is_file()]
    except OSError as error:
        raise UnreadableImage(
            f"The folder {folder} cannot be read: {error.strerror}.",
            advice="Choose a folder that you may read.",
        ) from error


def make_folder(folder: Path) -> None:
    """Make the folder of the outputs where it is missing.

    Raises:
        CannotWrite: the system refuses, or a file of that name stands there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise CannotWrite(
            f"{folder} is a file, but several pictures need a folder.",
            advice="Name a folder as the output.",
        ) from error
    except OSError as error:
        raise CannotWrite(
            f"The folder {folder} cannot be made: {error.strerror}.",
            advice="Choose a folder that you may write to.",
        ) from error
