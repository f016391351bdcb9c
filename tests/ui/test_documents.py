from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.ui.documents import Documents, Outcome


def picture(edge_px: int = 4) -> ImageBuffer:
    return ImageBuffer(np.zeros((edge_px, edge_px, 3), np.uint8))


def outcome() -> Outcome:
    return Outcome(picture(), picture(), "compact", 2.0, "", None, None)


@pytest.fixture
def documents(qapp: object) -> Documents:
    return Documents()


def test_closing_the_shown_picture_shows_its_neighbour(documents: Documents) -> None:
    first, second, third = (documents.add(name, Path(name)) for name in "abc")
    documents.show(second)
    documents.remove(second)
    assert documents.current is third
    documents.remove(third)
    assert documents.current is first
    documents.remove(first)
    assert documents.current is None


def test_steps_stop_at_both_ends(documents: Documents) -> None:
    first, second = (documents.add(name, Path(name)) for name in "ab")
    documents.show(first)
    documents.step(-1)
    assert documents.current is first
    documents.step(5)
    assert documents.current is second


def test_only_sources_that_can_be_read_again_are_let_go(documents: Documents) -> None:
    pasted = documents.add("pasted", None, picture())
    files = [documents.add(str(i), Path(str(i))) for i in range(6)]
    for document in files:
        documents.set_source(document, picture())
    held = [document for document in files if document.source is not None]
    assert pasted.source is not None
    assert held == files[-3:]


def test_a_running_picture_keeps_its_source(documents: Documents) -> None:
    first, *others = (documents.add(str(i), Path(str(i))) for i in range(6))
    documents.set_source(first, picture())
    documents.set_running(first, 0.1)
    for document in others:
        documents.set_source(document, picture())
    assert first.source is not None


def test_a_cancelled_run_leaves_what_was_there(documents: Documents) -> None:
    document = documents.add("a", None, picture())
    documents.set_running(document, 0.5)
    documents.set_stopped(document)
    assert document.state == "waiting"
    documents.set_outcome(document, outcome())
    documents.set_running(document, 0.5)
    documents.set_stopped(document)
    assert document.state == "done"


def test_a_result_made_while_saving_is_not_saved(documents: Documents) -> None:
    document = documents.add("a", None, picture())
    old, new = outcome(), outcome()
    documents.set_outcome(document, old)
    documents.set_outcome(document, new)
    documents.set_saved(document, old)
    assert document.has_unsaved_outcome
    documents.set_saved(document, new)
    assert not document.has_unsaved_outcome
