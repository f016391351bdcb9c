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
    return len(inputs) > 1 or inputs[0].is_dir() or output.is_dir()


def find_pictures(inputs: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files, and for each folder the pictures right in it, sorted by name.

    Folders are searched by content; a file that was named stays, so that it can be reported.

    Raises:
        UnreadableImage: there is none.
    """
    from sr_studio.imaging.decode_image import is_picture

    found: list[Path] = []
    for path in inputs:
        if path.is_dir():
            found += [
                file for file in sorted(path.iterdir()) if file.is_file() and is_picture(file)
            ]
        else:
            found.append(path)
    if not found:
        folders = ", ".join(str(path) for path in inputs)
        raise UnreadableImage(f"No pictures lie in {folders}.", advice="Choose another folder.")
    return tuple(found)


def make_folder(folder: Path) -> None:
    """Make the folder of the outputs where it is missing.

    Raises:
        CannotWrite: the system refuses, or a file of that name stands there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"The folder {folder} cannot be made: {error.strerror}.",
            advice="Choose a folder that you may write to.",
        ) from error
