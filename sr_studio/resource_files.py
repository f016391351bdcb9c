"""Where the bundled resources live: from source, from a wheel, in a frozen program."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).parent


def resource_folder() -> Path:
    """Return the folder that holds icons, sample photos and the shipped weights."""
    installed = _PACKAGE / "resources"  # a wheel and a frozen program keep it inside the package
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def data_folder() -> Path:
    """Return the user's data folder (weights, queue), which SR_STUDIO_HOME replaces."""
    override = os.environ.get("SR_STUDIO_HOME")
    return (
        Path(override)
        if override
        else Path(platformdirs.user_data_dir("sr-studio", appauthor=False))
    )
