from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.view_transform import MAX_ZOOM, ViewTransform


@st.composite
def views(draw: st.DrawFn) -> ViewTransform:
    width, height = draw(st.integers(1, 20_000)), draw(st.integers(1, 20_000))
    view = ViewTransform(width, height, draw(st.integers(50, 4000)), draw(st.integers(50, 3000)))
    low = min(view.fit_zoom, 1.0) / 4
    zoom = draw(st.one_of(st.floats(low, MAX_ZOOM), st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0])))
    view = view.fitted().zoomed(zoom)
    return view.centred_on(draw(st.floats(0, width)), draw(st.floats(0, height)))


FRACTION = st.floats(0, 1)


@given(views(), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_widget_and_picture_coordinates_are_inverse(view, x, y):
    assert view.to_picture(*view.to_view(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(views(), FRACTION, FRACTION, st.floats(0.01, MAX_ZOOM))
def test_zoom_keeps_the_point_under_the_pointer(view, right, down, zoom):
    pointer = view.view_width * right, view.view_height * down
    x, y = view.to_picture(*pointer)
    assume(0 <= x <= view.picture_width and 0 <= y <= view.picture_height)
    zoomed = view.zoomed(zoom, pointer)
    assume(zoomed.zoom > zoomed.fit_zoom)
    # Where pixels are not resampled the picture lies on whole device pixels.
    tolerance = 0.5 if zoomed.is_crisp else 0.0
    assert zoomed.to_view(x, y) == pytest.approx(pointer, abs=tolerance + 1e-6)


@given(views(), FRACTION, FRACTION, st.floats(0.01, MAX_ZOOM))
def test_zoom_never_loses_the_picture(view, right, down, zoom):
    pointer = view.view_width * right, view.view_height * down
    view = view.panned(0, 0)
    assert not view.zoomed(zoom, pointer).visible.is_empty


@given(views(), st.floats(0.01, MAX_ZOOM))
def test_a_picture_seen_whole_lies_in_the_middle(view, zoom):
    zoomed = view.zoomed(zoom, (1, 1))
    assume(zoomed.zoom <= zoomed.fit_zoom)
    assert (zoomed.x, zoomed.y) == (view.picture_width / 2, view.picture_height / 2)


@given(views(), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_pan_keeps_the_middle_of_the_view_on_the_picture(view, dx, dy):
    panned = view.panned(dx, dy)
    assert 0 <= panned.x <= view.picture_width
    assert 0 <= panned.y <= view.picture_height


def test_pan_follows_the_hand():
    view = ViewTransform(4000, 3000, 800, 600, zoom=1, x=2000, y=1500)
    before = view.to_view(1900, 1400)
    assert view.panned(30, -20).to_view(1900, 1400) == (before[0] + 30, before[1] - 20)


def test_along_a_side_seen_whole_the_picture_only_moves_back_to_the_middle():
    panorama = ViewTransform(4000, 100, 800, 600, zoom=1, x=2000, y=80)
    assert panorama.panned(0, -50).y == 80
    assert panorama.panned(0, 10).y == 70
    assert panorama.panned(0, 500).y == 50


@given(views())
def test_fit_shows_the_whole_picture(view):
    fitted = view.fitted()
    whole = Region(0, 0, view.picture_width, view.picture_height)
    assert fitted.visible == whole
    if fitted.zoom < MAX_ZOOM:
        fills_width = fitted.zoom * view.picture_width == pytest.approx(view.view_width)
        fills_height = fitted.zoom * view.picture_height == pytest.approx(view.view_height)
        assert fills_width or fills_height


@given(views())
def test_between_half_and_all_of_the_pixels_read_are_shown(view):
    step = view.step
    assert step & (step - 1) == 0
    if view.zoom >= 1:
        assert step == 1
    elif max(view.picture_width, view.picture_height) > 512 * step:
        assert 0.5 < view.zoom * step <= 1 + 1e-6


@given(views())
def test_unsmoothed_pixels_lie_on_whole_device_pixels(view):
    assume(view.is_crisp)
    assert view.left == round(view.left)
    assert view.top == round(view.top)


@given(views(), st.floats(0.25, 4))
def test_another_enlargement_takes_the_same_place(view, factor):
    width = max(1, round(view.picture_width * factor))
    height = max(1, round(view.picture_height * factor))
    other = view.of_picture(width, height)
    assert (other.x / width, other.y / height) == pytest.approx(
        (view.x / view.picture_width, view.y / view.picture_height)
    )
    if other.zoom < MAX_ZOOM:
        assert other.zoom * width == pytest.approx(view.zoom * view.picture_width)


def test_the_zoom_has_limits():
    view = ViewTransform(1000, 1000, 500, 500).fitted()
    assert view.zoomed(1e9).zoom == MAX_ZOOM
    assert view.zoomed(1e-9).zoom == 0.125
    tiny = ViewTransform(1, 1, 500, 500).fitted()
    assert tiny.zoom == MAX_ZOOM


def test_a_view_without_a_size_does_not_divide_by_zero():
    view = ViewTransform(100, 100, 0, 0).fitted()
    assert view.zoom > 0
    assert not view.zoomed(1).visible.width
