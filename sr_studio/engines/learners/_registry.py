"""Every engine that learns from the picture itself, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio.discovery import discover
from sr_studio.engines import learners
from sr_studio.engines.learners._spec import Learner


@cache
def all_learners() -> dict[str, Learner]:
    """Return id of the network -> its engine."""
    return discover(learners, "LEARNER", Learner)
