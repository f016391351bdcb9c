"""Keeps a training fed: batches are made ahead in worker processes."""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING

import torch
from torch.utils.data import DataLoader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sr_studio.engines.training.pairs import Batch, StepBatches

_MOST_WORKERS = 8
_AHEAD = 4  # batches that each worker keeps ready


def choose_workers(device: torch.device) -> int:
    """Return how many processes should make crops.

    None on a processor: a process would take from the network the cores that it computes on.
    """
    return 0 if device.type == "cpu" else max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) - 1))


class BatchStream:
    """The batches from a step on, without an end.

    Args:
        batches: of every step.
        first: step to begin with.
        device: that the batches are for.
        workers: processes that make them; 0 makes each when it is asked for.

    Attributes:
        waited_s: how long `take` made the training wait, in all.
    """

    def __init__(
        self, batches: StepBatches, first: int, *, device: torch.device, workers: int
    ) -> None:
        self.waited_s = 0.0
        self._loader = DataLoader(
            batches,
            batch_size=None,
            sampler=_Steps(first),
            num_workers=workers,
            pin_memory=device.type == "cuda",
            prefetch_factor=_AHEAD if workers else None,
            # not fork: a window's threads and those of torch would be copied in mid-air
            multiprocessing_context="spawn" if workers else None,
            generator=torch.Generator(),  # else it draws from the generator that all share
        )
        self._batches: Iterator[Batch] = iter(self._loader)

    def take(self) -> Batch:
        """Return the next step's batch."""
        started_s = time.perf_counter()
        batch = next(self._batches)
        self.waited_s += time.perf_counter() - started_s
        return batch

    def close(self) -> None:
        """End the workers."""
        del self._batches


class _Steps:
    """All steps from one on."""

    def __init__(self, first: int) -> None:
        self._first = first

    def __iter__(self) -> Iterator[int]:
        return itertools.count(self._first)
