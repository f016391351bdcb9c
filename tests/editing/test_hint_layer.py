from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sr_studio.editing.hint_layer import HintLayer
from sr_studio.editing.undo import UndoStack
from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.region import Region

WIDTH, HEIGHT = 160, 120


def dot(x: float, y: float, radius_px: float = 5.0, ab: tuple[float, float] = (1.0, 2.0)) -> Hint:
    return Hint(((x, y),), radius_px, ab)


def test_hints_are_put_replaced_and_removed() -> None:
    layer = HintLayer(WIDTH, HEIGHT)
    layer.add(dot(1, 1), "")
    layer.add(dot(2, 2), "")
    layer.add(dot(3, 3), "")
    layer.replace(1, dot(9, 9), "")
    assert layer.hints == (dot(1, 1), dot(9, 9), dot(3, 3))
    layer.remove(0, "")
    assert layer.hints == (dot(9, 9), dot(3, 3))
    layer.replace_all([dot(4, 4)], "")
    assert layer.hints == (dot(4, 4),)


def test_what_another_thread_was_given_does_not_change() -> None:
    layer = HintLayer(WIDTH, HEIGHT, [dot(1, 1)])
    given_away = layer.hints
    layer.replace(0, dot(2, 2), "")
    layer.add(dot(3, 3), "")
    assert given_away == (dot(1, 1),)


@given(st.integers(0, 2**32 - 1))
def test_all_edits_can_be_taken_back_and_done_again(seed: int) -> None:
    random = np.random.default_rng(seed)
    layer, stack = HintLayer(WIDTH, HEIGHT), UndoStack()
    states = [layer.hints]
    for _ in range(8):
        hint = dot(*random.uniform(0, 100, 3).round(1).tolist())
        kind, count = int(random.integers(4)), len(layer.hints)
        if kind == 0 or not count:
            edit = layer.add(hint, "put")
        elif kind == 1:
            edit = layer.replace(int(random.integers(count)), hint, "moved")
        elif kind == 2:
            edit = layer.remove(int(random.integers(count)), "removed")
        else:
            edit = layer.replace_all((), "all removed")
        stack.push(edit)
        states.append(layer.hints)
    for state in reversed(states[:-1]):
        assert stack.undo() == Region(0, 0, WIDTH, HEIGHT)
        assert layer.hints == state
    assert stack.undo() is None
    for state in states[1:]:
        stack.redo()
        assert layer.hints == state


def test_an_edit_tells_its_name_and_what_it_takes() -> None:
    layer = HintLayer(WIDTH, HEIGHT, [Hint(((1.0, 1.0),) * 40, 2.0, (0.0, 0.0))])
    edit = layer.add(dot(1, 1), "Colour hint")
    assert edit.text == "Colour hint"
    assert edit.nbytes >= 40 * 16


def test_the_uppermost_is_found() -> None:
    layer = HintLayer(WIDTH, HEIGHT, [dot(50, 50), dot(53, 50), dot(100, 50)])
    assert layer.find(51, 50, 0) == 1
    assert layer.find(46, 50, 0) == 0
    assert layer.find(100, 50, 0) == 2
    assert layer.find(75, 50, 0) is None
    assert HintLayer(WIDTH, HEIGHT).find(0, 0, 100) is None


def test_a_small_one_is_found_within_the_slack() -> None:
    layer = HintLayer(WIDTH, HEIGHT, [dot(50, 50, 1.0)])
    assert layer.find(57, 50, 8.0) == 0
    assert layer.find(57, 50, 6.0) is None


def test_a_scribble_is_found_along_its_line() -> None:
    line = Hint(((10.0, 10.0), (110.0, 10.0)), 3.0, (0.0, 0.0))
    layer = HintLayer(WIDTH, HEIGHT, [line])
    assert layer.find(60, 12, 0) == 0
    assert layer.find(60, 15, 0) is None
    assert layer.find(60, 15, 6) == 0
