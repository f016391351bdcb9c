"""Every classical restoration method, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio.discovery import discover
from sr_studio.engines import classical
from sr_studio.engines.classical._spec import ClassicalFilter


@cache
def all_classical_filters() -> dict[str, ClassicalFilter]:
    """Return id -> method."""
    return discover(classical, "FILTER", ClassicalFilter)
