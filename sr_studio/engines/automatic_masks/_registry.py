"""Every kind of damage that is found by itself."""

from __future__ import annotations

from functools import cache

from sr_studio.discovery import discover
from sr_studio.engines import automatic_masks
from sr_studio.engines.automatic_masks._spec import AutomaticMask


@cache
def all_automatic_masks() -> dict[str, AutomaticMask]:
    """Return id -> kind, in order of file name."""
    return discover(automatic_masks, "AUTOMATIC_MASK", AutomaticMask)
