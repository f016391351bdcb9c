"""Whatever is done to a mask can be taken back, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_studio.editing.mask_edit import MaskEdit
from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.editing.mask_operations import feather, grow, invert, shrink
from sr_studio.editing.selections import combine, ellipse, polygon, rectangle
from sr_studio.editing.stroke import BrushTip, Stroke
from sr_studio.editing.undo import UndoStack
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from sr_studio.editing.mask_layer import MaskPatch

_WIDTH, _HEIGHT = 300, 270  # more than one block each way
_OPERATIONS = (grow, shrink, feather)


def edit_by_chance(layer: MaskLayer, random: np.random.Generator) -> MaskPatch | None:
    """Do one of all that the window can do to a mask."""
    place = random.uniform(-40, 340, (4, 2)).tolist()
    kind = int(random.integers(7))
    if kind < 3:
        tip = BrushTip(random.uniform(1, 90), random.uniform(0, 1), kind == 2)
        stroke = Stroke(layer, tip)
        stroke.begin(*place[0], random.uniform(0, 1))
        for x, y in place[1:]:
            stroke.extend(x, y, random.uniform(0, 1))
        if random.random() < 0.2:
            stroke.abandon()
        return stroke.finish()
    size = layer.width, layer.height
    if kind == 3:
        how = ("replace", "add", "subtract", "intersect")[int(random.integers(4))]
        return combine(layer, *polygon(place, *size), how)
    if kind == 4:
        shape = ellipse if random.random() < 0.5 else rectangle
        return combine(layer, *shape(10.2, 20.7, *place[0], *size), "add")
    if kind == 5:
        change = _OPERATIONS[int(random.integers(3))]
        return layer.write(layer.whole, change(layer.coverage, random.uniform(0, 12)))
    return layer.write(layer.whole, invert(layer.coverage))


def test_a_thousand_edits_are_taken_back_and_done_again() -> None:
    random = np.random.default_rng(0)
    layer, history = MaskLayer(_WIDTH, _HEIGHT), UndoStack()
    states = [layer.snapshot()]
    for _ in range(1000):
        patch = edit_by_chance(layer, random)
        if patch is not None:
            history.push(MaskEdit(layer, patch, "edit"))
            states.append(layer.snapshot())
    assert len(states) > 700
    for state in states[-2::-1]:
        assert history.undo() is not None
        np.testing.assert_array_equal(layer.coverage, state)
    assert history.undo() is None
    assert layer.is_empty
    for _state in states[1:]:
        assert history.redo() is not None
    np.testing.assert_array_equal(layer.coverage, states[-1])
    assert history.redo() is None


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 32), moves=st.lists(st.sampled_from("eur"), max_size=40))
def test_any_order_of_edits_undos_and_redos_is_a_walk_in_a_row(seed: int, moves: list[str]) -> None:
    random = np.random.default_rng(seed)
    layer, history = MaskLayer(_WIDTH, _HEIGHT), UndoStack()
    row, at = [layer.snapshot()], 0
    for move in moves:
        if move == "e":
            patch = edit_by_chance(layer, random)
            if patch is not None:
                history.push(MaskEdit(layer, patch, "edit"))
                row, at = [*row[: at + 1], layer.snapshot()], at + 1
        elif move == "u":
            assert (history.undo() is None) == (at == 0)
            at = max(at - 1, 0)
        else:
            assert (history.redo() is None) == (at == len(row) - 1)
            at = min(at + 1, len(row) - 1)
        np.testing.assert_array_equal(layer.coverage, row[at])
        assert layer.is_empty == (not row[at].any())


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_a_patch_says_where_the_mask_changed_and_no_more(seed: int) -> None:
    random = np.random.default_rng(seed)
    layer = MaskLayer(_WIDTH, _HEIGHT)
    for _ in range(3):
        before = layer.snapshot()
        patch = edit_by_chance(layer, random)
        rows, columns = np.nonzero(layer.coverage != before)
        if patch is None:
            assert not len(rows)
            continue
        box = patch.region
        assert (box.y, box.bottom) == (rows.min(), rows.max() + 1)
        assert (box.x, box.right) == (columns.min(), columns.max() + 1)


def test_what_is_taken_back_costs_what_was_changed() -> None:
    layer = MaskLayer(4000, 3000)
    stroke = Stroke(layer, BrushTip(20))
    stroke.begin(100, 100)
    stroke.extend(3900, 2900)
    patch = stroke.finish()
    assert patch is not None
    assert patch.nbytes < 100_000  # of 12,000,000


@dataclass
class Entry:
    text: str
    nbytes: int
    swaps: list[str] = field(default_factory=list)

    def swap(self) -> Region:
        self.swaps.append(self.text)
        return Region(0, 0, 1, 1)


def test_history_forgets_the_oldest_beyond_its_budget() -> None:
    history = UndoStack(budget_bytes=100)
    entries = [Entry(str(number), 40) for number in range(4)]
    for entry in entries:
        history.push(entry)
    assert history.undo_text == "3"
    while history.undo() is not None:
        pass
    assert [bool(entry.swaps) for entry in entries] == [False, False, True, True]
    huge = Entry("huge", 1000)
    history.push(huge)
    assert (history.undo_text, history.redo_text) == ("huge", "")
    assert history.undo() is not None
    assert history.redo_text == "huge"


def test_a_mask_of_the_wrong_size_is_no_mask() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        MaskLayer(20, 10).write(Region(0, 0, 20, 10), np.zeros((10, 21), np.uint8))
