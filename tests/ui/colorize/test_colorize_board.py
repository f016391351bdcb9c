from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject

from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks._colorize_pictures import (
    ColorizeMethod,
    ColorizeSettings,
    FindColoursRequest,
)
from sr_studio.ui.colorize.colorize_board import ColorizeBoard
from sr_studio.ui.colorize.colorize_session import ColorizeSession
from tests.helpers.colorizers import TinyColorizers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from sr_studio.ui.canvas.comparison import Pane

WHOLE = Region(0, 0, 60, 40)
HINT = Hint(((30.0, 20.0),), 6.0, (40.0, 30.0))


@dataclass
class FakeView:
    """What a board asks of the canvas."""

    panes: Sequence[Pane] = ()
    placeholder: QWidget | None = None

    def set_panes(self, panes: Sequence[Pane], *, keep_view: bool = True) -> None:
        self.panes = panes

    def set_placeholder(self, placeholder: QWidget) -> None:
        self.placeholder = placeholder


@dataclass
class FakeMiddle:
    refreshes: int = 0

    def refresh(self) -> None:
        self.refreshes += 1


@dataclass
class FakePlace:
    view: FakeView = field(default_factory=FakeView)
    middle: FakeMiddle = field(default_factory=FakeMiddle)


def picture(channels: int) -> ImageBuffer:
    pixels = np.random.default_rng(0).integers(60, 200, (40, 60, channels), dtype=np.uint8)
    return ImageBuffer(pixels)


def find(session: ColorizeSession, method: ColorizeMethod) -> None:
    settings = ColorizeSettings(method, working_px=64)
    request = FindColoursRequest(session.source, (HINT,), settings, None, TinyColorizers())
    session.found = request.run(silent_context())
    session.found_for = (HINT,), settings, None


@pytest.fixture
def board(qtbot) -> tuple[ColorizeBoard, FakePlace]:
    place, owner = FakePlace(), QObject()
    untyped: Any = place
    board = ColorizeBoard(untyped, owner)
    board.is_active = True
    board.setProperty("owner", owner)  # it lives as long
    return board, place


def titles(place: FakePlace) -> list[str]:
    return [pane.title for pane in place.view.panes]


def marked(place: FakePlace) -> list[str]:
    return [pane.title for pane in place.view.panes if pane.has_marks]


def test_a_gray_picture_is_shown_beside_its_colours(board) -> None:
    board, place = board
    session = ColorizeSession(picture(1))
    board.show(session, has_doubts=True)
    assert titles(place) == marked(place) == ["Gray"], "hints are seen before there are colours"
    find(session, "levin")
    board.show(session, has_doubts=True)
    assert titles(place) == ["Gray", "Colorized"]
    assert marked(place) == ["Colorized"]
    gray, coloured = (pane.source.read(WHOLE, 1) for pane in place.view.panes)
    np.testing.assert_array_equal(gray, np.repeat(session.source.pixels, 3, 2))
    assert coloured[20, 30, 0] > coloured[20, 30, 2] + 20  # the hint is red
    find(session, "network")
    board.show(session, has_doubts=False)
    assert titles(place) == ["Gray", "Colorized"]
    board.show(session, has_doubts=True)
    assert titles(place) == ["Gray", "Colorized", "Unsure"]
    assert place.view.panes[1].caption == ""


def test_a_picture_in_colour_is_measured_and_shown_too(board) -> None:
    board, place = board
    session = ColorizeSession(picture(3))
    board.show(session, has_doubts=False)
    assert titles(place) == ["Gray", "Original"]
    find(session, "levin")
    board.show(session, has_doubts=False)
    assert titles(place) == ["Gray", "Colorized", "Original"]
    assert marked(place) == ["Colorized"]
    assert "dB" in place.view.panes[1].caption
    assert "% within" in place.view.panes[1].caption
    gray, _, original = (pane.source.read(WHOLE, 1) for pane in place.view.panes)
    assert np.ptp(gray, axis=2).max() <= 1, "its own colours are not shown as gray"
    np.testing.assert_array_equal(original, session.source.pixels)


def test_tiles_are_read_anew_only_where_something_is_new(board) -> None:
    board, place = board
    session = ColorizeSession(picture(3))
    find(session, "network")
    board.show(session, has_doubts=True)
    first = [pane.source for pane in place.view.panes]
    board.show(session, has_doubts=True)
    assert [pane.source for pane in place.view.panes] == first
    find(session, "network")
    board.show(session, has_doubts=True)
    is_same = [pane.source is old for pane, old in zip(place.view.panes, first, strict=True)]
    assert is_same == [True, False, False, True]


def test_another_picture_has_panes_of_its_own(board, qtbot) -> None:
    board, place = board
    one, other = ColorizeSession(picture(3)), ColorizeSession(picture(1))
    find(one, "levin")
    board.show(one, has_doubts=False)
    board.show(other, has_doubts=False)
    assert titles(place) == ["Gray"]
    board.show(None, has_doubts=False)
    assert titles(place) == []
    qtbot.addWidget(place.view.placeholder)


def test_another_panel_keeps_the_canvas(board) -> None:
    board, place = board
    board.is_active = False
    board.show(ColorizeSession(picture(1)), has_doubts=False)
    board.show(None, has_doubts=False)
    assert titles(place) == []
    assert place.view.placeholder is None
    assert place.middle.refreshes == 0
