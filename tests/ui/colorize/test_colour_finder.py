from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from sr_studio.engines.colorization.hints import Hint
from sr_studio.errors import WeightsError
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.tasks._colorize_pictures import ColorizeSettings
from sr_studio.ui.colorize.colorize_session import ColorizeSession
from sr_studio.ui.colorize.colour_finder import ColourFinder
from sr_studio.ui.job_desk import JobDesk
from tests.helpers.colorizers import TinyColorizers
from tests.helpers.studios import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from sr_studio.jobs.control import JobContext

SETTINGS = ColorizeSettings(working_px=64)
HINT = Hint(((30.0, 20.0),), 6.0, (40.0, 30.0))


class GatedRequest:
    """Occupies the thread until it is let go."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def run(self, context: JobContext) -> None:
        assert self.gate.wait(20)


class Finding(NamedTuple):
    finder: ColourFinder
    colorizers: TinyColorizers
    found: list[ColorizeSession]
    failed: list[Exception]
    desk: JobDesk

    @property
    def calls(self) -> int:
        """How often the network was asked."""
        return self.colorizers.network.calls

    def want(
        self,
        session: ColorizeSession,
        settings: ColorizeSettings = SETTINGS,
        reference: ImageBuffer | None = None,
    ) -> None:
        self.finder.want(session, settings, reference)


@pytest.fixture
def finding(qtbot: QtBot) -> Iterator[Finding]:
    desk = JobDesk()
    finder, colorizers = ColourFinder(desk), TinyColorizers()
    finder.colorizers = colorizers
    found, failed = list[ColorizeSession](), list[Exception]()
    finder.found.connect(lambda session, _key, _found: found.append(session))
    finder.failed.connect(failed.append)
    yield Finding(finder, colorizers, found, failed, desk)
    finder.stop()
    desk.close()
    desk.deleteLater()


def session_of(shade: int = 100) -> ColorizeSession:
    pixels = np.random.default_rng(shade).integers(60, 200, (40, 60, 1), dtype=np.uint8)
    return ColorizeSession(ImageBuffer(pixels))


def photo(seed: int) -> ImageBuffer:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    return ImageBuffer(pixels)


def test_the_colours_come_to_the_session(finding: Finding, qtbot: QtBot) -> None:
    session = session_of()
    finding.want(session)
    assert finding.finder.is_at_work
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert finding.found == [session]
    assert session.found is not None
    assert session.found.distribution is not None
    assert session.found_for == ((), SETTINGS, None)
    x_y = session.found.distribution.suggest_place(())
    assert 0 <= x_y[0] < 60
    assert 0 <= x_y[1] < 40


def test_the_same_is_not_found_twice(finding: Finding, qtbot: QtBot) -> None:
    session = session_of()
    for _ in range(3):
        finding.want(session)
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    finding.want(session)
    assert not finding.finder.is_at_work
    assert finding.calls == 1
    session.layer.add(HINT, "")
    finding.want(session)
    assert finding.finder.is_at_work
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert finding.calls == 2
    assert finding.found == [session, session]


def test_the_newest_wish_supersedes(finding: Finding, qtbot: QtBot) -> None:
    session, other, blocker = session_of(), session_of(1), GatedRequest()
    finding.desk.start(blocker, title="Wait")
    finding.want(session)
    wait_for(qtbot, lambda: finding.desk.unfinished()[-1].title == "Find colours")
    session.layer.add(HINT, "")
    finding.want(session)
    finding.want(other)
    blocker.gate.set()
    wait_for(qtbot, lambda: not finding.desk.unfinished() and not finding.finder.is_at_work)
    assert finding.found == [other]
    assert session.found is None
    assert finding.calls == 1


def test_what_was_there_before_is_not_found_again(finding: Finding, qtbot: QtBot) -> None:
    """A hint that is put and taken back at once."""
    session = session_of()
    finding.want(session)
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    told = list[bool]()
    finding.finder.changed.connect(lambda: told.append(finding.finder.is_at_work))
    edit = session.layer.add(HINT, "")
    finding.want(session)
    edit.swap()
    finding.want(session)
    assert told == [True, False]
    assert finding.calls == 1


def test_what_was_stopped_says_nothing(finding: Finding, qtbot: QtBot) -> None:
    session, blocker = session_of(), GatedRequest()
    finding.desk.start(blocker, title="Wait")
    finding.want(session)
    wait_for(qtbot, lambda: len(finding.desk.unfinished()) == 2)
    finding.finder.stop()
    assert not finding.finder.is_at_work
    blocker.gate.set()
    wait_for(qtbot, lambda: not finding.desk.unfinished())
    assert finding.found == finding.failed == []


def test_a_failure_is_told_once_for_the_same_work(finding: Finding, qtbot: QtBot) -> None:
    session = session_of()
    finding.colorizers.error = WeightsError("No weights.", advice="Fetch them.")
    finding.want(session)
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert finding.failed == [finding.colorizers.error]
    finding.want(session)
    assert not finding.finder.is_at_work
    finding.finder.stop()  # another panel was looked at
    finding.want(session)
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert len(finding.failed) == 2
    finding.colorizers.error = None
    session.layer.add(HINT, "")
    finding.want(session)
    wait_for(qtbot, lambda: finding.found == [session])


def test_an_error_of_the_program_is_reported(finding: Finding, qtbot: QtBot) -> None:
    told = list[tuple[str, Exception]]()
    finding.desk.failed.connect(lambda job, error: told.append((job.title, error)))
    finding.colorizers.error = WeightsError("No weights.", advice="Fetch them.")
    finding.want(session_of())
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert told == [], "the panel says it in its own way"
    finding.colorizers.error = error = ValueError("a fault")
    finding.want(session_of())
    wait_for(qtbot, lambda: not finding.finder.is_at_work)
    assert told == [("Find colours", error)]


def test_another_reference_is_other_work(finding: Finding, qtbot: QtBot) -> None:
    """Also where it lies at the place in memory of the one before."""
    session, settings = session_of(), ColorizeSettings("histogram", working_px=64)
    maps = []
    for seed in range(3):
        finding.want(session, settings, photo(seed))
        wait_for(qtbot, lambda: not finding.finder.is_at_work)
        assert session.found is not None
        maps.append(session.found.colours.offsets.copy())
    assert len(finding.found) == 3
    assert not np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[1], maps[2])
