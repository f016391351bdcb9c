from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.ui.canvas.rendered_frame import RenderedFrame
from sr_studio.ui.canvas.tile_cache import Tile, TileCache
from sr_studio.ui.canvas.tile_loader import TileLoader
from sr_studio.ui.canvas.tiled_picture import TiledPicture
from sr_studio.ui.canvas.view_transform import ViewTransform
from sr_studio.ui.qimage import to_qimage
from tests.ui.canvas.conftest import noise

SURROUND = QColor(40, 40, 40)


def read_all(picture: TiledPicture, view: ViewTransform) -> None:
    """Fill the cache here and now."""
    for job in picture.missing(view):
        job.source.prepare(job.key.step, lambda: False)
        image = to_qimage(job.source.read(job.region, job.key.step))
        picture._cache.put(job.key, Tile(image, is_final=True))


def pixels_of(frame: RenderedFrame, view: ViewTransform, *, is_smooth: bool = True) -> np.ndarray:
    image = frame.rendered(view, SURROUND, is_smooth=is_smooth).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.fixture
def picture(qapp):
    loader = TileLoader(TileCache())
    return TiledPicture(BufferSource(ImageBuffer(noise(1300, 900))), loader)


@pytest.fixture
def ramp(qapp):
    x, y = np.meshgrid(np.arange(1300), np.arange(900))
    pixels = np.stack([x // 6, y // 4, (x + y) // 9], axis=2).astype(np.uint8)
    return TiledPicture(BufferSource(ImageBuffer(pixels)), TileLoader(TileCache()))


@given(
    zoom=st.sampled_from([0.2, 0.37, 0.5, 1.0, 1.6, 3.0]),
    moves=st.lists(st.tuples(st.integers(-90, 90), st.integers(-90, 90)), max_size=5),
    is_smooth=st.booleans(),
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(zoom=0.37, moves=[(-55, 0), (-90, 0), (-18, 0)], is_smooth=False)  # an edge at a half
def test_a_panned_frame_equals_one_drawn_anew(picture, ramp, zoom, moves, is_smooth):
    view = ViewTransform(1300, 900, 320, 240).fitted().zoomed(zoom)
    # Where pixels are resampled, Qt rounds by where it starts to draw: on noise that would show.
    shown = picture if view.is_crisp else ramp
    panned = RenderedFrame(shown)
    read_all(shown, view)
    pixels_of(panned, view, is_smooth=is_smooth)
    for dx, dy in moves:
        view = view.panned(dx, dy)
        read_all(shown, view)
        pixels_of(panned, view, is_smooth=is_smooth)
    moved = pixels_of(panned, view, is_smooth=is_smooth).astype(int)
    fresh = pixels_of(RenderedFrame(shown), view, is_smooth=is_smooth).astype(int)
    is_resampled = not view.is_crisp or (is_smooth and zoom > 1)
    assert abs(moved - fresh).max() <= (2 if is_resampled else 0)


@pytest.mark.parametrize("zoom", [1.0, 2.0, 3.0, 8.0])
def test_unsmoothed_pixels_are_exact_squares(picture, zoom):
    view = ViewTransform(1300, 900, 321, 240).fitted().zoomed(zoom).centred_on(512, 500)
    read_all(picture, view)
    shown = pixels_of(RenderedFrame(picture), view, is_smooth=False)
    columns = ((np.arange(321) - view.left) // zoom).astype(int)
    rows = ((np.arange(240) - view.top) // zoom).astype(int)
    expected = noise(1300, 900)[np.ix_(rows, columns)]
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("zoom", [0.5, 0.25])
def test_halves_and_quarters_show_the_pyramid_as_it_is(picture, zoom):
    view = ViewTransform(1300, 900, 200, 150).fitted().zoomed(zoom).centred_on(650, 450)
    read_all(picture, view)
    shown = pixels_of(RenderedFrame(picture), view)
    step = round(1 / zoom)
    level = picture.source.read(picture._whole, step)
    left, top = round(-view.left), round(-view.top)
    np.testing.assert_array_equal(shown, level[top : top + 150, left : left + 200])


def test_a_hasty_frame_gives_way_to_a_sharp_one(picture):
    sharp = ViewTransform(1300, 900, 200, 150).fitted().zoomed(0.8)
    hasty = replace(sharp, is_hasty=True)
    assert hasty.step == 2 * sharp.step
    for view in (sharp, hasty):
        read_all(picture, view)
    frame = RenderedFrame(picture)
    blurred = pixels_of(frame, hasty)
    settled = pixels_of(frame, sharp)
    assert (blurred != settled).any()
    np.testing.assert_array_equal(settled, pixels_of(RenderedFrame(picture), sharp))


def test_no_seam_where_tiles_meet(qapp):
    """A ramp stays a ramp across tile borders at any zoom."""
    ramp = np.repeat((np.arange(1200) // 5).astype(np.uint8)[None, :, None], 60, axis=0)
    loader = TileLoader(TileCache())
    picture = TiledPicture(BufferSource(ImageBuffer(ramp)), loader)
    for zoom in (0.61, 1.37, 2.9, 6.4):
        view = ViewTransform(1200, 60, 400, 40).fitted().zoomed(zoom).centred_on(512, 30)
        read_all(picture, view)
        row = pixels_of(RenderedFrame(picture), view)[20, :, 0].astype(int)
        assert (np.diff(row) >= 0).all()
        assert np.diff(row).max() <= 1 + round(1 / (5 * min(zoom, 1)))


def test_a_coarser_level_stands_in_until_the_tile_is_there(picture):
    view = ViewTransform(1300, 900, 320, 240).fitted().zoomed(1.0)
    job = next(job for job in picture.missing(view) if job.key == picture.overview_key)
    job.source.prepare(job.key.step, lambda: False)
    image = to_qimage(job.source.read(job.region, job.key.step))
    picture._cache.put(job.key, Tile(image, is_final=True))
    assert not picture.is_complete(view)
    rough = pixels_of(RenderedFrame(picture), view).astype(int)
    assert not (rough == SURROUND.red()).all(axis=2).any()
    read_all(picture, view)
    assert picture.is_complete(view)


def test_finer_tiles_stand_in_after_zooming_out(picture):
    near = ViewTransform(1300, 900, 320, 240).fitted().zoomed(1.0)
    read_all(picture, near)
    far = near.zoomed(0.5)
    shown = pixels_of(RenderedFrame(picture), far)
    middle = shown[100:140, 130:190].astype(int)
    level = picture.source.read(picture._whole, 2).astype(int)
    left, top = round(-far.left), round(-far.top)
    expected = level[top + 100 : top + 140, left + 130 : left + 190]
    assert abs(middle.mean() - expected.mean()) < 3


def test_transparency_shows_the_checkerboard(qapp):
    clear = ImageBuffer(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8))
    picture = TiledPicture(BufferSource(clear), TileLoader(TileCache()))
    view = ViewTransform(64, 64, 64, 64).fitted()
    read_all(picture, view)
    shown = pixels_of(RenderedFrame(picture), view)
    assert {tuple(colour) for colour in shown.reshape(-1, 3).tolist()} == {
        (102, 102, 102),
        (153, 153, 153),
    }


def test_only_what_was_marked_is_drawn_again(picture):
    view = ViewTransform(1300, 900, 320, 240).fitted().zoomed(1.0).centred_on(512, 300)
    read_all(picture, view)
    frame = RenderedFrame(picture)
    before = pixels_of(frame, view)
    left, right = sorted(picture.shown_tiles(view), key=lambda key: key.column)[:2]
    white = QImage(514, 514, QImage.Format.Format_RGB32)
    white.fill(QColor(255, 255, 255))
    for key in (left, right):
        picture._cache.put(key, Tile(white, is_final=True))
    frame.mark(picture.place_of(left, view))
    after = pixels_of(frame, view)
    place = picture.place_of(left, view)
    assert (after[:, : place.right() + 1] == 255).all()
    np.testing.assert_array_equal(after[:, place.right() + 1 :], before[:, place.right() + 1 :])
