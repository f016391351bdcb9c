"""Every loss of the program, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio import losses
from sr_studio.discovery import discover
from sr_studio.losses._spec import LossSpec


@cache
def all_losses() -> dict[str, LossSpec]:
    """Return id -> loss, in order of file name."""
    return discover(losses, "LOSS", LossSpec)
