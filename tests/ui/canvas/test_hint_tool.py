"""Colour hints under the mouse, on a canvas of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from sr_studio.editing.hint_layer import HintEdit, HintLayer
from sr_studio.editing.undo import UndoStack
from sr_studio.engines.colorization.hints import Hint
from sr_studio.ui.canvas.canvas_tool import ToolEvent
from sr_studio.ui.canvas.compare_view import CompareView
from sr_studio.ui.canvas.hint_tool import MAX_RADIUS_PX, HintTool
from tests.ui.canvas.conftest import flat_source, is_settled

GRAY = (120, 120, 120)
SEEN = (7.0, -9.0)
PAINT = (200, 40, 90)
_NONE = Qt.KeyboardModifier.NoModifier
_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
Place = tuple[int, int]


class Canvas(NamedTuple):
    """A picture of 300 x 200 in a view of 640 x 480, so that there is something around it."""

    view: CompareView
    tool: HintTool
    layer: HintLayer
    edits: list[HintEdit]

    def at(self, place: Place) -> QPoint:
        x, y = self.view.state.view.to_view(*place)
        return QPoint(round(x), round(y))

    def press(self, place: Place, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        QTest.mousePress(self.view._views.shown[0], _LEFT, modifiers, self.at(place))

    def move(self, place: Place) -> None:
        QTest.mouseMove(self.view._views.shown[0], self.at(place))

    def release(self, place: Place) -> None:
        QTest.mouseRelease(self.view._views.shown[0], _LEFT, _NONE, self.at(place))

    def click(
        self,
        place: Place,
        modifiers: Qt.KeyboardModifier = _NONE,
        button: Qt.MouseButton = _LEFT,
    ) -> None:
        QTest.mouseClick(self.view._views.shown[0], button, modifiers, self.at(place))

    def drag(self, *places: Place) -> None:
        self.press(places[0])
        for place in places[1:]:
            self.move(place)
        self.release(places[-1])

    def seen(self) -> QImage:
        """Return what is painted now, without waiting for the next painting."""
        canvas = self.view._views.shown[0]
        image = QImage(canvas.size(), QImage.Format.Format_RGB32)
        canvas.render(image, QPoint(0, 0))
        return image

    def colour(self, x: float, y: float) -> tuple[int, int, int]:
        left, top = self.view.state.view.to_view(x, y)
        found = self.seen().pixelColor(int(left), int(top))
        return found.red(), found.green(), found.blue()


@pytest.fixture
def canvas(show: Callable[..., CompareView]) -> Canvas:
    view = show([flat_source(GRAY, 300, 200)])
    view.set_zoom(1.0)
    tool, layer, edits = HintTool(view), HintLayer(300, 200), list[HintEdit]()
    tool.repaint.connect(view.update_region)
    tool.edited.connect(edits.append)
    tool.set_layer(layer, lambda _x, _y: SEEN, lambda _hint: PAINT)
    tool.resize(12.0, "")
    view.set_tool(tool)
    return Canvas(view, tool, layer, edits)


def dot(x: float, y: float, radius_px: float = 12.0, ab: tuple[float, float] = SEEN) -> Hint:
    return Hint(((x, y),), radius_px, ab)


def test_a_click_puts_a_hint_of_the_colour_that_is_seen_and_selects_it(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.click((200, 80))
    assert canvas.layer.hints == (dot(100, 80), dot(200, 80))
    assert canvas.tool.index == 1
    assert [edit.text for edit in canvas.edits] == ["Colour hint", "Colour hint"]


def test_a_click_on_a_hint_selects_it_and_changes_nothing(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.click((200, 80))
    canvas.click((106, 84))
    assert canvas.tool.index == 0
    assert canvas.layer.hints == (dot(100, 80), dot(200, 80))
    assert len(canvas.edits) == 2


def test_a_drag_moves_it_in_one_step(canvas: Canvas) -> None:
    canvas.click((100, 80))
    before, history = canvas.layer.hints, UndoStack()
    canvas.edits.clear()
    canvas.drag((102, 80), (120, 90), (150, 100), (142, 110))
    (edit,) = canvas.edits
    history.push(edit)
    assert canvas.layer.hints == (dot(140, 110),)
    history.undo()
    assert canvas.layer.hints == before
    history.redo()
    assert canvas.layer.hints == (dot(140, 110),)


def test_an_unsteady_click_moves_nothing(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.drag((100, 80), (101, 81), (102, 80))
    assert canvas.layer.hints == (dot(100, 80),)
    assert len(canvas.edits) == 1


def test_it_cannot_be_dragged_out_of_the_picture(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.drag((100, 80), (-60, -90))
    assert canvas.layer.hints == (dot(0, 0),)
    canvas.drag((1, 1), (390, 290))
    ((x, y),) = canvas.layer.hints[0].points
    assert 299 < x < 300
    assert 199 < y < 200


def test_control_and_a_click_removes(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.click((200, 80))
    canvas.click((100, 80), _CTRL)
    assert canvas.layer.hints == (dot(200, 80),)
    assert canvas.tool.index is None
    canvas.click((30, 30), _CTRL)  # nothing lies there
    assert canvas.layer.hints == (dot(200, 80),)
    assert canvas.edits[-1].text == "Remove colour hint"


def test_alt_and_a_click_asks_for_the_colour_of_that_place(canvas: Canvas, qtbot) -> None:
    canvas.click((100, 80))
    with qtbot.waitSignal(canvas.tool.sampled, timeout=0) as told:
        canvas.click((200, 150), _ALT)
    assert told.args == [200.0, 150.0]
    assert canvas.layer.hints == (dot(100, 80),)
    assert canvas.tool.index == 0


def test_a_scribble_is_one_hint(canvas: Canvas) -> None:
    canvas.tool.kind = "scribble"
    canvas.drag((50, 50), (80, 60), (80, 61), (120, 90))
    (hint,) = canvas.layer.hints
    assert hint == Hint(((50, 50), (80, 60), (120, 90)), 12.0, SEEN)  # steps of a pixel left out
    assert canvas.tool.index == 0
    assert [edit.text for edit in canvas.edits] == ["Colour scribble"]
    canvas.drag((120, 90), (130, 100))  # there lies one, which is moved
    assert canvas.layer.hints == (hint.moved(10, 10),)
    canvas.click((250, 150))
    assert canvas.layer.hints[1] == dot(250, 150)


def test_a_scribble_stays_in_the_picture(canvas: Canvas) -> None:
    canvas.tool.kind = "scribble"
    canvas.drag((250, 100), (390, 100), (250, 290))
    assert all(0 <= x < 300 and 0 <= y < 200 for x, y in canvas.layer.hints[0].points)
    assert len(canvas.layer.hints[0].points) == 3


def test_what_is_begun_can_be_abandoned(canvas: Canvas) -> None:
    canvas.click((100, 80))
    assert not canvas.tool.abandon()
    canvas.press((100, 80))
    canvas.move((150, 80))
    assert canvas.layer.hints == (dot(150, 80),)
    assert canvas.tool.abandon()
    assert canvas.layer.hints == (dot(100, 80),)
    canvas.move((170, 80))
    canvas.release((170, 80))
    assert canvas.layer.hints == (dot(100, 80),)
    canvas.tool.kind = "scribble"
    canvas.press((200, 150))
    canvas.move((250, 150))
    assert canvas.tool.abandon()
    canvas.release((250, 150))
    assert canvas.layer.hints == (dot(100, 80),)
    assert len(canvas.edits) == 1


@pytest.mark.parametrize("place", [(-5, 100), (150, -5), (305, 100), (150, 205)])
@pytest.mark.parametrize("kind", ["point", "scribble"])
def test_nothing_begins_outside_of_the_picture(canvas: Canvas, kind, place: Place) -> None:
    canvas.tool.kind = kind
    for modifiers in (_NONE, _CTRL, _ALT):
        canvas.press(place, modifiers)
        canvas.move((150, 100))
        canvas.release((150, 100))
    assert canvas.layer.hints == ()
    assert not canvas.edits


def test_other_buttons_put_nothing(canvas: Canvas) -> None:
    canvas.click((100, 80), button=_RIGHT)
    assert canvas.layer.hints == ()


def test_a_hint_is_caught_at_any_zoom(canvas: Canvas) -> None:
    canvas.tool.radius_px = 1.0
    canvas.click((100, 80))
    canvas.view.set_zoom(0.25)
    canvas.seen()
    canvas.click((128, 80))
    assert canvas.tool.index == 0
    assert len(canvas.layer.hints) == 1
    canvas.view.set_zoom(4.0)
    canvas.seen()
    canvas.click((108, 80))
    assert len(canvas.layer.hints) == 2


def test_without_a_layer_nothing_happens(canvas: Canvas) -> None:
    canvas.tool.set_layer(None, lambda _x, _y: SEEN, lambda _hint: PAINT)
    canvas.drag((100, 80), (150, 100))
    for act in (
        canvas.tool.remove_selected,
        lambda: canvas.tool.put(1, 1),
        lambda: canvas.tool.recolour((1, 1), "Colour"),
        lambda: canvas.tool.resize(30, "Size"),
    ):
        act()
    assert canvas.tool.hint is None
    assert not canvas.edits
    canvas.seen()


def test_another_layer_takes_the_selection_and_puts_a_dragged_hint_back(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.press((100, 80))
    canvas.move((150, 80))
    other = HintLayer(300, 200, [dot(10, 10)])
    canvas.tool.set_layer(other, lambda _x, _y: SEEN, lambda _hint: PAINT)
    canvas.move((160, 80))
    canvas.release((160, 80))
    assert canvas.layer.hints == (dot(100, 80),)
    assert other.hints == (dot(10, 10),)
    assert canvas.tool.index is None


def test_the_selected_is_coloured_sized_and_removed(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.tool.recolour((30.0, -40.0), "Colour")
    canvas.tool.resize(33.0, "Size")
    assert canvas.tool.hint == dot(100, 80, 33.0, (30.0, -40.0))
    canvas.click((200, 80))
    assert canvas.tool.hint == dot(200, 80, 33.0)  # the next is as large
    canvas.tool.remove_selected()
    canvas.tool.remove_selected()
    assert len(canvas.layer.hints) == 1
    canvas.tool.resize(1e9, "Size")
    assert canvas.tool.radius_px == MAX_RADIUS_PX
    texts = [edit.text for edit in canvas.edits]
    assert texts == ["Colour hint", "Colour", "Size", "Colour hint", "Remove colour hint"]


def test_no_hint_has_a_colour_that_a_file_refuses(canvas: Canvas) -> None:
    """Strong saturation shows colours beyond all of CIE Lab's."""
    canvas.tool.set_layer(canvas.layer, lambda _x, _y: (300.0, -300.0), lambda _hint: PAINT)
    canvas.click((100, 80))
    canvas.tool.kind = "scribble"
    canvas.drag((50, 150), (90, 150))
    assert [hint.ab for hint in canvas.layer.hints] == [(128.0, -128.0)] * 2
    canvas.tool.recolour((-500.0, 5.0), "Colour")
    assert canvas.layer.hints[1].ab == (-128.0, 5.0)


def test_keys_in_the_middle_of_a_drag_leave_a_history_without_gaps(canvas: Canvas) -> None:
    for act in (
        lambda: canvas.tool.resize(20.0, "Size"),
        lambda: canvas.tool.recolour((1.0, 1.0), "Colour"),
        canvas.tool.remove_selected,
        lambda: canvas.tool.put(20, 20),
    ):
        canvas.layer.hints = (dot(100, 80),)
        canvas.edits.clear()
        canvas.press((100, 80))
        canvas.move((150, 80))
        act()
        canvas.move((160, 80))
        canvas.release((160, 80))
        for edit in reversed(canvas.edits):
            edit.swap()
        assert canvas.layer.hints == (dot(100, 80),)
        assert canvas.edits[0].other == (dot(150, 80),)
        canvas.tool.select(None)


def test_the_cursor_says_what_a_click_would_do(canvas: Canvas) -> None:
    canvas.click((100, 80))
    canvas.tool.move(ToolEvent(200.0, 150.0))
    assert canvas.tool.cursor == Qt.CursorShape.CrossCursor
    canvas.tool.move(ToolEvent(101.0, 80.0))
    assert canvas.tool.cursor == Qt.CursorShape.PointingHandCursor
    canvas.tool.leave()
    assert canvas.tool.cursor == Qt.CursorShape.CrossCursor


def test_hints_are_seen_in_their_colour_and_can_be_hidden(canvas: Canvas, qtbot) -> None:
    qtbot.waitUntil(lambda: is_settled(canvas.view))
    canvas.layer.hints = (
        dot(100, 80, 40.0),
        Hint(((150.0, 150.0), (250.0, 150.0)), 6.0, SEEN),
        dot(250, 50, 1.0),
    )
    canvas.tool.repaint_all()
    assert canvas.colour(100, 80) == PAINT
    assert canvas.colour(200, 150) == PAINT
    assert canvas.colour(250, 50) == PAINT
    assert canvas.colour(20, 180) == GRAY
    plain = canvas.seen()
    canvas.tool.select(0)
    selected = canvas.seen()
    assert selected != plain
    canvas.tool.select(1)
    assert canvas.seen() != selected
    canvas.tool.set_marks(has_marks=False)
    assert canvas.colour(100, 80) == canvas.colour(200, 150) == GRAY
    canvas.tool.set_marks(has_marks=True)
    canvas.tool.select(None)
    assert canvas.seen() == plain


def test_a_scribble_is_seen_while_it_is_drawn(canvas: Canvas, qtbot) -> None:
    qtbot.waitUntil(lambda: is_settled(canvas.view))
    canvas.tool.kind = "scribble"
    canvas.press((50, 100))
    canvas.move((150, 100))
    assert canvas.colour(100, 100) != GRAY
    canvas.tool.abandon()
    assert canvas.colour(100, 100) == GRAY


def test_hints_are_as_large_in_proportion_on_every_picture() -> None:
    tool = HintTool()
    for side, radius_px in ((60, 1), (600, 10), (6000, 100)):
        layer = HintLayer(side, side + 50)
        tool.set_layer(layer, lambda _x, _y: (0.0, 0.0), lambda _hint: (0, 0, 0))
        assert tool.radius_px == radius_px
    tool.resize(300.0, "")
    tool.set_layer(HintLayer(600, 600), lambda _x, _y: (0.0, 0.0), lambda _hint: (0, 0, 0))
    assert tool.radius_px == 30
