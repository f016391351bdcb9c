"""The folders in which trainings lie: which name is free, and what lies in one."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

FolderState = Literal["free", "same", "other", "locked"]
"""No training in it; one of this network and scale; one of another; not to be written to."""

_CHECKPOINT = "checkpoint.pt"


def free_folder(runs: Path, model: str, scale: int) -> Path:
    """Return a folder in `runs`, named after the network, that is not there yet."""
    name = f"{model}-x{scale}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(path for each in names if not (path := runs / each).exists())


def state_of(folder: Path, model: str, scale: int) -> FolderState:
    """Say what a training of this network finds in the folder, which may not be there yet."""
    try:
        if not _can_write(folder):
            return "locked"
        if not (folder / _CHECKPOINT).exists():
            return "free"
        weights = [path.stem for path in folder.glob("*.safetensors")]
    except OSError:  # a name too long, a folder on the way that may not be entered
        return "locked"
    # weights are written after the checkpoint: without any, only the training itself can tell
    return "same" if not weights or f"{model}-x{scale}" in weights else "other"


def has_checkpoint(folder: Path) -> bool:
    """Whether a training lies there that can be gone on with."""
    try:
        return (folder / _CHECKPOINT).exists()
    except OSError:
        return False


def _can_write(folder: Path) -> bool:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
