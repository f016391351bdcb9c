"""Reads tiles in a few threads: the nearest first, and never what nobody looks at any more."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from sr_studio.ui.canvas.tile_cache import Tile, TileCache, TileKey
from sr_studio.ui.qimage import to_qimage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.imaging.pixel_source import PixelSource
    from sr_studio.imaging.region import Region

_THREADS = 2  # one may prepare a large picture for a second while the other serves the screen


@dataclass(frozen=True, slots=True, eq=False)
class TileJob:
    """A tile to read.

    Attributes:
        key: where the tile belongs.
        source: what to read.
        region: what to read of it: the tile and a margin.
        has_rough: a rough tile is there already; read again only once the source is prepared.
    """

    key: TileKey
    source: PixelSource
    region: Region
    has_rough: bool


class TileLoader(QObject):
    """The way from pixel sources to the cache; lives in the GUI thread.

    Threads start when there is something to read and end when there is nothing left, so that an
    idle window has none.
    """

    loaded = Signal(object)
    """The tile of this TileKey has come into the cache."""
    prepared = Signal(int)
    """The picture of this number can be read better than before; ask again for what is shown."""

    def __init__(self, cache: TileCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cache = cache
        self._numbers = itertools.count(1)
        self._known: set[int] = set()
        self._work = _Work()
        self._work.wake.filled.connect(self._take_finished, Qt.ConnectionType.QueuedConnection)
        self.destroyed.connect(self._work.stop)

    def next_number(self) -> int:
        """Return a number for a picture that no other has; `forget` gives it back."""
        number = next(self._numbers)
        self._known.add(number)
        return number

    def want(self, owner: object, jobs: Sequence[TileJob]) -> None:
        """Read these tiles, in this order, and forget what the owner wanted before."""
        self._work.want(owner, jobs)

    def forget(self, picture: int) -> None:
        """Drop all of a picture that is no longer shown."""
        self._known.discard(picture)
        self._work.forget(picture)
        self.cache.forget(picture)

    def stop(self) -> None:
        """Forget all wishes and wait for the tiles at hand; `want` starts anew."""
        self._work.stop()

    @Slot()
    def _take_finished(self) -> None:
        tiles, prepared = self._work.take_finished()
        # A tile may come after its picture was forgotten.
        tiles = [(key, tile) for key, tile in tiles if key.picture in self._known]
        for key, tile in tiles:
            self.cache.put(key, tile)
        for key, _ in tiles:
            self.loaded.emit(key)
        for picture in prepared:
            self.prepared.emit(picture)


class _Wake(QObject):
    """Wakes the GUI thread; has no parent, so that a thread that knows it keeps it alive."""

    filled = Signal()


class _Work:
    """What the threads share; every method may be called from any thread."""

    def __init__(self) -> None:
        self.wake = _Wake()
        self._lock = threading.Lock()
        self._wanted: dict[object, list[TileJob]] = {}
        self._to_prepare: dict[int, TileJob] = {}
        self._at_hand: set[TileKey] = set()
        self._preparing: int | None = None
        self._preparing_step = 0
        self._is_preparing_in_vain = False
        self._threads: set[threading.Thread] = set()
        self._stopped = threading.Event()
        self._finished: list[tuple[TileKey, Tile]] = []
        self._prepared: list[int] = []

    def want(self, owner: object, jobs: Sequence[TileJob]) -> None:
        with self._lock:
            self._wanted.pop(owner, None)
            if jobs:
                self._wanted[owner] = list(jobs)
            missing = min(_THREADS, sum(map(len, self._wanted.values()))) - len(self._threads)
            for _ in range(missing):
                thread = threading.Thread(target=self._run, name="tiles")
                self._threads.add(thread)
                thread.start()

    def stop(self) -> None:
        with self._lock:
            self._wanted.clear()
            self._to_prepare.clear()
            self._stopped.set()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()
        self._stopped.clear()

    def take_finished(self) -> tuple[list[tuple[TileKey, Tile]], list[int]]:
        with self._lock:
            finished, self._finished = self._finished, []
            prepared, self._prepared = self._prepared, []
        return finished, prepared

    def forget(self, picture: int) -> None:
        with self._lock:
            self._to_prepare.pop(picture, None)
            if self._preparing == picture:
                self._is_preparing_in_vain = True

    def _run(self) -> None:
        try:
            while (task := self._next()) is not None:
                task()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _next(self) -> Callable[[], None] | None:
        """Return a tile to read, else a picture to prepare, else None: then the thread ends."""
        with self._lock:
            for owner in list(self._wanted):
                jobs = self._wanted.pop(owner)
                job = next((job for job in jobs if job.key not in self._at_hand), None)
                if job is None:
                    continue
                # Back to the end: owners take turns, so that panes side by side fill alike.
                self._wanted[owner] = jobs[jobs.index(job) + 1 :]
                self._at_hand.add(job.key)
                return partial(self._read, job)
            if self._to_prepare and self._preparing is None:
                self._preparing = next(iter(self._to_prepare))
                self._is_preparing_in_vain = False
                first = self._to_prepare.pop(self._preparing)
                self._preparing_step = first.key.step
                return partial(self._prepare, first)
            # Gone from here on: the next `want` must start another thread.
            self._threads.discard(threading.current_thread())
            return None

    def _read(self, job: TileJob) -> None:
        is_final = job.source.is_prepared(job.key.step)
        image = None
        try:
            if is_final or not job.has_rough:
                image = to_qimage(job.source.read(job.region, job.key.step))
        finally:
            with self._lock:
                self._at_hand.discard(job.key)
        with self._lock:
            if not is_final and not self._is_preparing(job.key):
                other = self._to_prepare.get(job.key.picture)
                if other is None or other.key.step < job.key.step:
                    self._to_prepare[job.key.picture] = job
            is_first = not self._finished and not self._prepared
            if image is not None:
                self._finished.append((job.key, Tile(image, is_final)))
        if is_first and image is not None:
            self.wake.filled.emit()

    def _is_preparing(self, key: TileKey) -> bool:
        """Whether a thread prepares the picture for this tile right now; call with the lock."""
        return (
            self._preparing == key.picture
            and self._preparing_step >= key.step
            and not self._is_preparing_in_vain
        )

    def _prepare(self, job: TileJob) -> None:
        try:
            job.source.prepare(
                job.key.step, lambda: self._stopped.is_set() or self._is_preparing_in_vain
            )
        finally:
            with self._lock:
                self._preparing = None
        with self._lock:
            is_first = not self._finished and not self._prepared
            self._prepared.append(job.key.picture)
        if is_first:
            self.wake.filled.emit()
