"""Times calls so that two ways of doing a thing can be told apart on a busy machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.jobs.control import JobContext

_ROUNDS = 4


def best_seconds(calls: tuple[Callable[[], object], ...], context: JobContext) -> list[float]:
    """Return the least time of each call over alternating rounds, the first of them a warm-up."""
    best = [float("inf")] * len(calls)
    for round_number in range(_ROUNDS + 1):
        for index, call in enumerate(calls):
            context.checkpoint()
            started_s = time.perf_counter()
            call()
            if round_number:
                best[index] = min(best[index], time.perf_counter() - started_s)
    return best
