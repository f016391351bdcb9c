from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.ui.colorize.reference_box import ReferenceBox

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
RED, BLUE = (200, 30, 30), (30, 60, 200)


def photo() -> np.ndarray:
    """Red at the left, blue at the right, twice as wide as high."""
    pixels = np.empty((50, 100, 3), np.uint8)
    pixels[:, :50], pixels[:, 50:] = RED, BLUE
    return pixels


def ab_of(colour: tuple[int, int, int]) -> tuple[float, float]:
    _, a, b = rgb_to_lab(np.array([[colour]], np.float32) / 255)[0, 0]
    return float(a), float(b)


@pytest.fixture
def box(qtbot: QtBot) -> ReferenceBox:
    box = ReferenceBox()
    qtbot.addWidget(box)
    box.resize(320, 300)
    box.show()
    return box


def test_without_a_photo_one_can_be_chosen(box: ReferenceBox) -> None:
    asked = list[bool]()
    box.open_wanted.connect(lambda: asked.append(True))
    assert not box.photo.isVisibleTo(box)
    assert not box.clear_button.isVisibleTo(box)
    box.open_button.click()
    assert asked == [True]


def test_a_photo_is_shown_by_its_name_and_removed(box: ReferenceBox) -> None:
    cleared = list[bool]()
    box.cleared.connect(lambda: cleared.append(True))
    box.show_photo(photo(), "beach.jpg")
    assert box.photo.isVisibleTo(box)
    assert box.photo.toolTip() == "beach.jpg"
    assert "beach.jpg" in box.photo.accessibleName()
    shown = box.photo.grab().toImage()
    left = shown.pixelColor(shown.width() // 4, shown.height() // 2)
    right = shown.pixelColor(3 * shown.width() // 4, shown.height() // 2)
    assert (left.red(), left.green(), left.blue()) == RED
    assert (right.red(), right.green(), right.blue()) == BLUE
    box.clear_button.click()
    assert cleared == [True]
    box.show_photo(None, "")
    assert not box.photo.isVisibleTo(box)
    box.photo.grab()


def test_a_click_tells_the_colour_of_that_place(box: ReferenceBox) -> None:
    told = list[tuple[float, float]]()
    box.sampled.connect(lambda a, b: told.append((a, b)))
    box.show_photo(photo(), "beach.jpg")
    middle = QPoint(box.photo.width() // 2, box.photo.height() // 2)
    QTest.mouseClick(box.photo, LEFT, pos=middle - QPoint(60, 0))
    QTest.mouseClick(box.photo, LEFT, pos=middle + QPoint(60, 0))
    assert told[0] == pytest.approx(ab_of(RED), abs=0.1)
    assert told[1] == pytest.approx(ab_of(BLUE), abs=0.1)


def test_beside_the_photo_there_is_no_colour(box: ReferenceBox) -> None:
    told = list[tuple[float, float]]()
    box.sampled.connect(lambda a, b: told.append((a, b)))
    QTest.mouseClick(box.photo, LEFT, pos=QPoint(5, 5))
    box.show_photo(np.ascontiguousarray(np.swapaxes(photo(), 0, 1)), "high.jpg")
    for x in (1, box.photo.width() - 2):
        QTest.mouseClick(box.photo, LEFT, pos=QPoint(x, 75))
    assert not told
    QTest.mouseClick(box.photo, LEFT, pos=QPoint(box.photo.width() // 2, 75))
    assert len(told) == 1
