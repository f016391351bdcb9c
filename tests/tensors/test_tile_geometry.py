from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sr_studio.imaging.region import Region
from sr_studio.tensors.tile_geometry import SMALLEST_TILE_PX, TileGeometry, choose_tile_px

geometries = st.builds(
    TileGeometry,
    width=st.integers(1, 20_000),
    height=st.integers(1, 20_000),
    factor=st.integers(1, 8),
    context_px=st.integers(0, 400),
    size_multiple=st.sampled_from([1, 2, 4, 8, 16]),
)


@given(geometry=geometries, gigabytes=st.floats(0.01, 64), bytes_per_px=st.integers(50, 10_000))
def test_tiles_fit_the_memory(geometry: TileGeometry, gigabytes: float, bytes_per_px: int) -> None:
    budget = gigabytes * 1e9
    tile_px = choose_tile_px(
        geometry, geometry.picture, bytes_per_px=bytes_per_px, budget_bytes=budget
    )
    window = geometry.window(Region(0, 0, tile_px, tile_px).intersect(geometry.padded))
    assert tile_px % geometry.size_multiple == 0
    assert (
        window.width * window.height * bytes_per_px <= budget
        or tile_px <= SMALLEST_TILE_PX + geometry.size_multiple
    )


def test_a_large_photo_wastes_little_on_a_small_network() -> None:
    geometry = TileGeometry(8000, 6000, 2, context_px=10)
    tile_px = choose_tile_px(geometry, geometry.picture, bytes_per_px=500, budget_bytes=4e9)
    windows = [geometry.window(core) for core in geometry.picture.tiles(tile_px)]
    assert sum(window.width * window.height for window in windows) < 1.1 * 48e6
    assert tile_px < 1000  # a cancel is answered soon
