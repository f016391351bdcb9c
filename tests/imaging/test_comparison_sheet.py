from __future__ import annotations

import numpy as np
import pytest

from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
from sr_studio.imaging.image_buffer import ImageBuffer


def pane(value: int, width: int = 60, height: int = 40, channels: int = 3) -> SheetPane:
    pixels = np.full((height, width, channels), value, np.uint8)
    return SheetPane(f"Pane {value}", "28.43 dB", ImageBuffer(pixels))


def test_panes_lie_side_by_side_at_full_size() -> None:
    sheet = comparison_sheet([pane(200), pane(100), pane(255)]).pixels
    for value in (200, 100, 255):
        assert (sheet == value).all(axis=2).sum() >= 60 * 40
    columns = [np.argmax((sheet == value).all(axis=2).sum(axis=0) >= 40) for value in (200, 100)]
    assert columns[1] - columns[0] > 60


def test_rows_follow_one_another() -> None:
    values = (200, 100, 255, 150, 50)
    sheet = comparison_sheet([pane(value) for value in values], columns=3).pixels
    places = [np.argwhere((sheet == value).all(axis=2)) for value in values]
    assert all(len(place) >= 60 * 40 for place in places)
    tops = [int(np.median(place[:, 0])) for place in places]
    lefts = [int(np.median(place[:, 1])) for place in places]
    # a letter may hold some pixels of the same gray
    assert max(tops[:3]) - min(tops[:3]) < 3
    assert abs(tops[3] - tops[4]) < 3
    assert tops[3] > tops[0] + 40
    assert abs(lefts[0] - lefts[3]) < 3
    assert abs(lefts[1] - lefts[4]) < 3
    assert lefts[1] > lefts[0] + 60


def test_labels_are_written() -> None:
    titled = comparison_sheet([pane(0)]).pixels
    silent = comparison_sheet([SheetPane("", "", pane(0).image)]).pixels
    assert titled.shape == silent.shape
    assert not np.array_equal(titled, silent)


def test_a_sheet_too_long_for_viewers_is_made_smaller() -> None:
    sheet = comparison_sheet([pane(10, 400, 300), pane(20, 400, 300)], longest_px=200)
    assert sheet.width < 400


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_any_depth_gray_and_alpha_can_be_shown(dtype: type) -> None:
    white = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    pixels = np.full((8, 8, 1), white, dtype)
    image = ImageBuffer(pixels, alpha=np.full((8, 8), white, dtype))
    assert (comparison_sheet([SheetPane("", "", image)]).pixels == 255).all(axis=2).sum() >= 64


def test_no_panes_are_refused() -> None:
    with pytest.raises(ValueError, match="one pane"):
        comparison_sheet([])
