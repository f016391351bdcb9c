"""How often a fit shows itself: often while it changes fast, and never so that it costs the fit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from sr_studio.jobs.control import JobContext

_SHARE = 0.005  # of the time; whoever shows it takes as much again from the same processor
_LEAST_S, _MOST_S = 1.0, 5.0
_LONGEST_S = 30.0  # large pictures cost more than the share, and are to be watched all the same
_GROWTH = 10  # the pause is this part of the time so far: what is learned later changes slowly


class PreviewPace:
    """Offers previews; on the processor seldom, for to make and to show them takes its time.

    On another device the viewer alone sets the pace.

    Args:
        context: of the job.
        device: where the fit runs.
    """

    def __init__(self, context: JobContext, device: torch.device) -> None:
        self._context = context
        self._is_on_processor = device.type == "cpu"
        self._start_s = time.monotonic()
        self._next_s = float("-inf")

    def offer(self, make: Callable[[], object]) -> None:
        """Offer what `make` returns, if it is time; what converts it is counted too."""
        now_s = time.monotonic()
        if not self._is_on_processor:
            self._context.offer_preview(make)
            return
        if now_s < self._next_s:
            return
        made = False

        def counted() -> object:
            nonlocal made
            made = True
            return make()

        self._context.offer_preview(counted)
        if made:
            cost_s = time.monotonic() - now_s
            wait_s = min(max((now_s - self._start_s) / _GROWTH, _LEAST_S), _MOST_S)
            self._next_s = now_s + max(wait_s, min(cost_s / _SHARE, _LONGEST_S))
