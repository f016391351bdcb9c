from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from sr_studio.ui.canvas.tile_cache import Tile, TileCache, TileKey

TILE_BYTES = 10 * 10 * 4


def tile() -> Tile:
    return Tile(QImage(10, 10, QImage.Format.Format_RGB32), is_final=True)


def key(index: int, picture: int = 1) -> TileKey:
    return TileKey(picture, 1, index, 0)


@given(st.lists(st.integers(0, 20)), st.integers(1, 8))
def test_the_memory_stays_within_its_limit(indices, room):
    cache = TileCache(room * TILE_BYTES)
    for index in indices:
        cache.put(key(index), tile())
        assert cache.bytes_used <= room * TILE_BYTES
        assert cache.get(key(index)) is not None


def test_the_tile_used_longest_ago_goes_first():
    cache = TileCache(3 * TILE_BYTES)
    for index in range(3):
        cache.put(key(index), tile())
    cache.get(key(0))
    cache.put(key(3), tile())
    assert cache.get(key(0)) is not None
    assert cache.get(key(1)) is None


def test_what_is_on_the_screen_never_goes():
    cache = TileCache(2 * TILE_BYTES)
    cache.hold("view", [key(index) for index in range(4)])
    for index in range(6):
        cache.put(key(index), tile())
    assert [cache.get(key(index)) is not None for index in range(6)] == [True] * 4 + [False] * 2
    cache.hold("view", [])
    cache.put(key(9), tile())
    assert cache.bytes_used <= 2 * TILE_BYTES


def test_a_forgotten_picture_gives_its_memory_back():
    cache = TileCache()
    cache.put(key(0, picture=1), tile())
    cache.put(key(0, picture=2), tile())
    cache.forget(1)
    assert cache.get(key(0, picture=1)) is None
    assert cache.get(key(0, picture=2)) is not None
    assert cache.bytes_used == TILE_BYTES


def test_a_better_tile_takes_the_place_of_a_rough_one():
    cache = TileCache()
    cache.put(key(0), Tile(QImage(10, 10, QImage.Format.Format_RGB32), is_final=False))
    cache.put(key(0), tile())
    assert cache.get(key(0)).is_final
    assert cache.bytes_used == TILE_BYTES
