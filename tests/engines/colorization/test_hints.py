from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_studio.engines.colorization.hints import (
    Hint,
    hint_planes,
    hints_path,
    read_hints,
    write_hints,
)
from sr_studio.errors import CannotWrite, SrStudioError

SIZE = (160, 120)
DOT = Hint(((40.25, 60.5),), 12.0, (30.5, -20.25))
LINE = Hint(((10.0, 10.0), (90.0, 10.0), (90.0, 70.0)), 4.0, (-40.0, 50.0))


def known(hint: Hint, picture: tuple[int, int], working: tuple[int, int]) -> np.ndarray:
    """Return (h, w) bool: where a hint has its colour, which is checked to be all of it."""
    planes = hint_planes([hint], picture, working)
    assert planes.shape == (working[1], working[0], 3)
    assert planes.dtype == np.float32
    mask = planes[..., 2] > 0
    assert (planes[mask] == np.array([*hint.ab, 1.0], np.float32)).all()
    assert not planes[~mask].any()
    return np.asarray(mask)


def test_hints_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    write_hints(path, (DOT, LINE), SIZE)
    assert read_hints(path, SIZE) == (DOT, LINE)
    write_hints(path, (), SIZE)
    assert read_hints(path, SIZE) == ()
    assert list(tmp_path.iterdir()) == [path]


def test_they_lie_beside_the_picture_under_its_whole_name() -> None:
    assert hints_path(Path("a/photo.jpg")) == Path("a/photo.jpg.hints.json")
    assert hints_path(Path("a/photo.png")) != hints_path(Path("a/photo.jpg"))


def test_they_fit_a_picture_of_another_size(tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    write_hints(path, (DOT, LINE), SIZE)
    dot, line = read_hints(path, (320, 120))
    assert dot == Hint(((80.5, 60.5),), 12.0, DOT.ab)  # the radius by the smaller of both scales
    assert line.points == ((20.0, 10.0), (180.0, 10.0), (180.0, 70.0))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as told:
        write_hints(tmp_path / "none" / "hints.json", (DOT,), SIZE)
    assert told.value.advice


GOOD = {"points": [[1, 2]], "radius_px": 3, "ab": [4, 5]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        '{"version": 1',
        "\0",
        "[]",
        "3",
        "[" * 100_000,
        json.dumps({"version": 1}),
        json.dumps({"version": 1, "width": 8, "height": 8}),
        json.dumps({"width": 8, "height": 8, "hints": []}),
        json.dumps({"version": 1, "width": 0, "height": 8, "hints": []}),
        json.dumps({"version": 1, "width": "8", "height": 8, "hints": []}),
        json.dumps({"version": 1, "width": -8, "height": 8, "hints": [GOOD]}),
        json.dumps({"version": 1, "width": 8, "height": 8, "hints": 7}),
        *(
            json.dumps({"version": 1, "width": 8, "height": 8, "hints": [GOOD | change]})
            for change in (
                {"points": []},
                {"points": [[1, 2, 3]]},
                {"points": 1},
                {"points": [[float("nan"), 2]]},
                {"points": [[1, float("inf")]]},
                {"points": [[1e300, 2]]},
                {"points": [[10**400, 2]]},
                {"ab": [4]},
                {"ab": [float("nan"), 5]},
                {"ab": [4, 129]},
                {"ab": None},
                {"radius_px": 0},
                {"radius_px": -3},
                {"radius_px": 1e300},
                {"radius_px": float("nan")},
                {"radius_px": "wide"},
            )
        ),
    ],
)
def test_a_damaged_file_is_said_and_what_to_do(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    path.write_text(text)
    with pytest.raises(SrStudioError, match=r"hints\.json holds no colour hints") as told:
        read_hints(path, SIZE)
    assert told.value.advice


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(SrStudioError, match="cannot be read"):
            read_hints(path, SIZE)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SrStudioError, match="holds no colour hints"):
        read_hints(tmp_path / "bytes.json", SIZE)


def test_a_file_of_a_later_program_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"version": 2, "width": 8, "height": 8, "hints": []}))
    with pytest.raises(SrStudioError, match="version 2") as told:
        read_hints(path, SIZE)
    assert "Update" in (told.value.advice or "")


@pytest.mark.parametrize("working", [(160, 120), (80, 60), (320, 240), (64, 64)])
def test_a_dot_lies_at_its_place_at_any_working_size(working: tuple[int, int]) -> None:
    rows, columns = np.nonzero(known(DOT, SIZE, working))
    scale = working[0] / SIZE[0], working[1] / SIZE[1]
    assert abs(columns.mean() + 0.5 - DOT.points[0][0] * scale[0]) < 0.51
    assert abs(rows.mean() + 0.5 - DOT.points[0][1] * scale[1]) < 0.51
    radius = DOT.radius_px * min(scale)
    assert np.ptp(columns) + 1 == pytest.approx(2 * radius, abs=1.5)
    assert np.ptp(rows) + 1 == pytest.approx(2 * radius, abs=1.5)


@pytest.mark.parametrize("working", [(160, 120), (320, 240), (80, 60)])
def test_a_scribble_covers_its_line_and_no_more(working: tuple[int, int]) -> None:
    mask = known(LINE, SIZE, working)
    scale = working[0] / SIZE[0]
    y, x = (np.mgrid[: working[1], : working[0]] + 0.5) / scale
    across = np.hypot(x - x.clip(10, 90), y - 10)
    down = np.hypot(x - 90, y - y.clip(10, 70))
    away = np.minimum(across, down)
    assert mask[away < LINE.radius_px - 1.5 / scale].all()
    assert not mask[away > LINE.radius_px + 1.5 / scale].any()


@given(st.floats(0, 5000), st.floats(0, 4000))
def test_the_smallest_hint_has_a_cell(x: float, y: float) -> None:
    """Of a photo that is looked at much smaller."""
    mask = known(Hint(((x, y),), 0.01, (1.0, 2.0)), (5000, 4000), (64, 48))
    column, row = min(int(x * 64 / 5000), 63), min(int(y * 48 / 4000), 47)
    assert mask[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].any()
    assert 1 <= mask.sum() <= 5


def test_the_later_lies_over_the_earlier() -> None:
    over = Hint(DOT.points, 3.0, (1.0, 1.0))
    planes = hint_planes([DOT, over], SIZE, SIZE)
    assert planes[60, 40].tolist() == [1.0, 1.0, 1.0]
    assert planes[60, 48].tolist() == [*DOT.ab, 1.0]
    assert hint_planes([over, DOT], SIZE, SIZE)[60, 40].tolist() == [*DOT.ab, 1.0]


def test_what_is_outside_comes_to_the_border() -> None:
    assert known(Hint(((-50.0, 400.0),), 1.0, (1.0, 2.0)), SIZE, SIZE)[-1, 0]
    mask = known(Hint(((80.0, 60.0), (500.0, 60.0)), 1.0, (1.0, 2.0)), SIZE, SIZE)
    assert mask[60, 80:160].all()
    assert not mask[60, :75].any()


@pytest.mark.parametrize("points", [((0.5, 0.5),), ((0.0, 0.0), (1.0, 1.0))])
@pytest.mark.parametrize("working", [(1, 1), (7, 5), (64, 64)])
def test_a_picture_of_one_pixel_can_have_hints(
    points: tuple[tuple[float, float], ...], working: tuple[int, int]
) -> None:
    mask = known(Hint(points, 12.0, (1.0, 2.0)), (1, 1), working)
    assert mask[working[1] // 2, working[0] // 2]


def test_the_largest_radius_covers_the_smallest_picture() -> None:
    for points in (((2.0, 2.0),), ((1.0, 1.0), (3.0, 3.0))):
        assert known(Hint(points, 1e7, (1.0, 2.0)), (4, 4), (1024, 1024)).all()


def test_distance_is_to_the_line_and_not_only_to_its_points() -> None:
    assert LINE.distance_px(50.0, 15.0) == pytest.approx(5.0)
    assert LINE.distance_px(93.0, 74.0) == pytest.approx(5.0)
    assert DOT.distance_px(43.25, 64.5) == pytest.approx(5.0)
    again = Hint(((5.0, 5.0), (5.0, 5.0)), 1.0, (0.0, 0.0))
    assert again.distance_px(8.0, 9.0) == pytest.approx(5.0)
