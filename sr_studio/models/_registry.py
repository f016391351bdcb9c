"""Every network of the program, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio import models
from sr_studio.discovery import discover
from sr_studio.models._spec import ModelSpec


@cache
def all_models() -> dict[str, ModelSpec]:
    """Return id -> network, in order of file name. Imports torch."""
    return discover(models, "MODEL", ModelSpec)
