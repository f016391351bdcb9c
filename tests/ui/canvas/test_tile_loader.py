from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication

from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.tile_cache import TileCache, TileKey
from sr_studio.ui.canvas.tile_loader import TileJob, TileLoader
from tests.ui.canvas.conftest import GatedSource, MapOfItself, flat_source


@pytest.fixture
def loader(qapp):
    loader = TileLoader(TileCache())
    yield loader
    loader.stop()


def jobs_of(loader, source, columns, step=1, *, has_rough=False):
    number = loader.next_number()
    return [
        TileJob(TileKey(number, step, column, 0), source, Region(column * 16, 0, 16, 16), has_rough)
        for column in columns
    ]


def tile_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tiles"]


def test_tiles_come_into_the_cache_in_the_gui_thread(qtbot, loader):
    jobs = jobs_of(loader, MapOfItself(100, 16), range(4))
    seen = []
    loader.loaded.connect(lambda key: seen.append((key, QThread.currentThread())))
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: len(seen) == 4)
    assert {key for key, _ in seen} == {job.key for job in jobs}
    assert {thread for _, thread in seen} == {QApplication.instance().thread()}
    assert loader.cache.get(jobs[2].key).image.pixelColor(3, 5).red() == 35


def test_threads_end_when_nothing_is_left_to_read(qtbot, loader):
    loader.want("view", jobs_of(loader, MapOfItself(100, 16), range(4)))
    qtbot.waitUntil(lambda: not tile_threads())


def test_what_nobody_wants_any_more_is_never_read(qtbot, loader):
    blocked = GatedSource(flat_source((1, 2, 3), 16 * 50, 16))
    source = MapOfItself(1000, 16)
    loader.want("first", jobs_of(loader, blocked, range(2)))
    qtbot.waitUntil(lambda: blocked.reads == 2)
    stale = jobs_of(loader, source, range(50))
    loader.want("view", stale)
    fresh = jobs_of(loader, source, [60])
    loader.want("view", fresh)
    blocked.gate.set()
    qtbot.waitUntil(lambda: loader.cache.get(fresh[0].key) is not None)
    assert source.reads == [(fresh[0].region, 1)]


def test_owners_take_turns(qtbot, loader):
    blocked = GatedSource(flat_source((1, 2, 3), 100, 16))
    loader.want("blocker", jobs_of(loader, blocked, range(2)))
    qtbot.waitUntil(lambda: blocked.reads == 2)
    source = MapOfItself(1000, 16)
    left, right = jobs_of(loader, source, range(20)), jobs_of(loader, source, range(20))
    loader.want("left", left)
    loader.want("right", right)
    order = []
    loader.loaded.connect(order.append)
    blocked.gate.set()
    qtbot.waitUntil(lambda: len(order) == 42)
    first_half = [
        key for key in order if key.picture in (left[0].key.picture, right[0].key.picture)
    ]
    share = sum(key.picture == left[0].key.picture for key in first_half[:20])
    assert 8 <= share <= 12


def test_a_rough_tile_comes_first_and_the_picture_is_prepared_once(qtbot, loader):
    source = GatedSource(flat_source((10, 20, 30), 64, 16), is_prepared=False)
    source.gate.set()
    prepared = []
    loader.prepared.connect(prepared.append)
    jobs = jobs_of(loader, source, range(3), step=2)
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: all(loader.cache.get(job.key) for job in jobs))
    assert not any(loader.cache.get(job.key).is_final for job in jobs)
    assert not prepared
    source.prepared.set()
    qtbot.waitUntil(lambda: prepared == [jobs[0].key.picture])
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: all(loader.cache.get(job.key).is_final for job in jobs))


def test_a_tile_that_is_late_has_the_picture_prepared_no_second_time(qtbot, loader):
    class Source(GatedSource):
        preparations = 0

        def read(self, region, step):
            if self.reads == 1:
                self.reads += 1
                assert self.preparing.wait(20)
            return super().read(region, step)

        def prepare(self, step, is_stopped):
            self.preparations += 1
            super().prepare(step, is_stopped)

    source = Source(flat_source((10, 20, 30), 64, 16), is_prepared=False)
    source.gate.set()
    jobs = jobs_of(loader, source, range(2), step=2)
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: all(loader.cache.get(job.key) for job in jobs))
    source.prepared.set()
    qtbot.waitUntil(lambda: not tile_threads())
    assert source.preparations == 1


def test_a_rough_tile_is_not_read_again_before_it_can_get_better(qtbot, loader):
    source = GatedSource(flat_source((10, 20, 30), 64, 16), is_prepared=False)
    loader.want("view", jobs_of(loader, source, [0], step=2, has_rough=True))
    assert source.preparing.wait(5)
    with qtbot.waitSignal(loader.prepared):
        source.prepared.set()
    assert source.reads == 0


def test_stop_ends_a_preparation_and_joins_the_threads(qtbot, loader):
    source = GatedSource(flat_source((10, 20, 30), 64, 16), is_prepared=False)
    source.gate.set()
    jobs = jobs_of(loader, source, [0], step=2)
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: loader.cache.get(jobs[0].key) is not None)
    loader.stop()
    assert not tile_threads()
    assert source.stopped.is_set()


def test_a_loader_that_was_stopped_can_go_on(qtbot, loader):
    loader.stop()
    jobs = jobs_of(loader, MapOfItself(100, 16), [0])
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: loader.cache.get(jobs[0].key) is not None)


def test_a_tile_of_a_forgotten_picture_does_not_come_back(qtbot, loader):
    source = GatedSource(flat_source((10, 20, 30), 64, 16))
    jobs = jobs_of(loader, source, [0])
    loader.want("view", jobs)
    assert source.entered.wait(5)
    loader.forget(jobs[0].key.picture)
    source.gate.set()
    qtbot.waitUntil(lambda: not tile_threads())
    other = jobs_of(loader, MapOfItself(100, 16), [0])
    loader.want("view", other)
    qtbot.waitUntil(lambda: loader.cache.get(other[0].key) is not None)
    assert loader.cache.get(jobs[0].key) is None


def test_a_forgotten_picture_is_not_prepared_to_the_end(qtbot, loader):
    slow = GatedSource(flat_source((10, 20, 30), 64, 16), is_prepared=False)
    jobs = jobs_of(loader, slow, [0], step=2, has_rough=True)
    loader.want("view", jobs)
    assert slow.preparing.wait(5)
    loader.forget(jobs[0].key.picture)
    assert slow.stopped.wait(5)
    qtbot.waitUntil(lambda: not tile_threads())


def test_a_loader_may_be_deleted_while_a_tile_is_read(qtbot, qapp):
    loader = TileLoader(TileCache())
    source = GatedSource(flat_source((10, 20, 30), 64, 16))
    loader.want("view", jobs_of(loader, source, [0]))
    assert source.entered.wait(5)
    threading.Timer(0.05, source.gate.set).start()
    loader.deleteLater()
    del loader
    qtbot.waitUntil(lambda: not tile_threads())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_source_that_fails_does_not_stop_the_others(qtbot, loader):
    class Broken(MapOfItself):
        def read(self, region, step):
            raise OSError("the disk went away")

    loader.want("broken", jobs_of(loader, Broken(100, 16), range(3)))
    qtbot.waitUntil(lambda: not tile_threads())
    jobs = jobs_of(loader, MapOfItself(100, 16), range(3))
    loader.want("view", jobs)
    qtbot.waitUntil(lambda: all(loader.cache.get(job.key) for job in jobs))
