from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_studio.ui.canvas.split_line import SplitLine

SHARE = st.floats(0, 1)
LINES = st.builds(SplitLine, SHARE, SHARE, st.floats(0, 360, exclude_max=True))
SIDE_PX = st.integers(10, 4000)


def area(corners: list[tuple[float, float]]) -> float:
    turned = corners[1:] + corners[:1]
    doubled = (x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, turned, strict=True))
    return abs(sum(doubled)) / 2


@given(LINES, SIDE_PX, SIDE_PX)
def test_the_sides_fill_the_view_and_do_not_overlap(line, width, height):
    both = area(line.side_a(width, height)) + area(line.side_b(width, height))
    assert both == pytest.approx(width * height, rel=1e-6)


@given(LINES, SIDE_PX, SIDE_PX)
def test_corners_lie_on_their_side(line, width, height):
    for sign, corners in ((-1, line.side_a(width, height)), (1, line.side_b(width, height))):
        assert all(sign * line.distance(corner, width, height) >= -1e-6 for corner in corners)


@given(LINES, SIDE_PX, SIDE_PX, SHARE, SHARE)
def test_a_moved_line_runs_through_the_pointer(line, width, height, across, down):
    point = across * width, down * height
    assert line.moved_to(point, width, height).distance(point, width, height) == pytest.approx(
        0, abs=1e-6
    )


@given(LINES, SIDE_PX, SIDE_PX, st.floats(1, 359))
def test_a_turned_line_points_at_the_pointer(line, width, height, angle):
    x, y = line.middle(width, height)
    along_x, along_y = SplitLine(angle_deg=angle).direction()
    point = x + 50 * along_x, y + 50 * along_y
    turned = line.turned_towards(point, width, height)
    assert abs(turned.distance(point, width, height)) <= 50 * 0.053  # 3 degrees of snapping
    to_pointer = (point[0] - x) * turned.direction()[0] + (point[1] - y) * turned.direction()[1]
    assert to_pointer > 0


@pytest.mark.parametrize(("angle", "snapped"), [(2, 0), (-2.9, 0), (88, 90), (181, 180), (44, 44)])
def test_it_snaps_to_upright_and_level(angle, snapped):
    assert SplitLine().turned_to(angle).angle_deg == snapped


def test_side_a_is_left_of_an_upright_line_and_above_a_level_one():
    assert SplitLine(0.25).side_a(100, 50) == [(0, 0), (25, 0), (25, 50), (0, 50)]
    level = SplitLine(0.5, 0.5, 90).side_a(100, 50)
    assert max(y for _, y in level) == pytest.approx(25)


@given(LINES, st.floats(-2, 2))
def test_a_shifted_line_stays_in_the_view(line, share):
    shifted = line.shifted(share)
    assert 0 <= shifted.across <= 1
    assert 0 <= shifted.down <= 1
