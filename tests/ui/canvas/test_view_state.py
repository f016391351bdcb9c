from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from sr_studio.ui.canvas.view_state import ViewState


@pytest.fixture
def state(qapp) -> ViewState:
    state = ViewState()
    state.set_view_size(800, 600)
    state.set_picture_size(4000, 3000, keep_view=False)
    yield state
    state._settling.stop()


def test_fit_is_kept_until_the_user_zooms_or_pans(state):
    assert state.is_fit
    state.set_view_size(400, 300)
    assert state.view.zoom == pytest.approx(0.1)
    state.zoom_to(1.0)
    assert not state.is_fit
    state.set_view_size(800, 600)
    assert state.view.zoom == 1.0


def test_toggle_goes_from_fit_to_100_percent_and_back(state):
    state.toggle_fit((100, 100))
    assert state.view.zoom == 1.0
    state.toggle_fit()
    assert state.is_fit
    state.zoom_to(3.0)
    state.toggle_fit()
    assert state.is_fit


@pytest.mark.parametrize(("factor", "halts_at"), [(100, 1.0), (1.5, 0.3), (0.3, 0.06)])
def test_a_notch_never_jumps_over_100_percent(state, factor, halts_at):
    state.zoom_by(factor, has_stops=True)
    assert state.view.zoom == pytest.approx(halts_at)


def test_in_a_large_window_a_zoom_on_the_move_reads_less_until_it_settles(qtbot, state):
    state.set_view_size(3840, 2160)
    state.zoom_by(0.8)
    moving = state.view
    assert moving.is_hasty
    with qtbot.waitSignal(state.settled):
        pass
    assert not state.view.is_hasty
    assert state.view.step == moving.step // 2
    state.zoom_to(0.7)
    assert not state.view.is_hasty


def test_in_a_small_window_a_zoom_on_the_move_is_sharp(state):
    state.zoom_by(0.8)
    assert not state.view.is_hasty


def test_what_does_not_change_is_not_told(qtbot, state):
    with qtbot.assertNotEmitted(state.changed):
        state.zoom_to_fit()
        assert not state.pan(10, 10)


def test_a_state_that_is_being_taken_apart_says_so(qapp: QApplication) -> None:
    state = ViewState()
    assert state.is_whole
    del state._view  # as the garbage collector does, before it destroys the views
    assert not state.is_whole
