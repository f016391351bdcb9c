from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks._colorize_pictures import ColorizeSettings, FindColoursRequest
from sr_studio.ui.colorize.colorize_session import ColorizeSession
from tests.helpers.colorizers import TinyColorizers


def find(session: ColorizeSession, **changes) -> None:
    settings = ColorizeSettings(**({"method": "levin", "working_px": 64} | changes))
    request = FindColoursRequest(
        session.source, session.layer.hints, settings, None, TinyColorizers()
    )
    session.found = request.run(silent_context())
    session.found_for = session.layer.hints, settings, None


def flat(shade: int = 128, width: int = 60, height: int = 40) -> ColorizeSession:
    return ColorizeSession(ImageBuffer(np.full((height, width, 1), shade, np.uint8)))


def test_lightness_is_of_the_nearest_pixel() -> None:
    pixels = np.zeros((4, 6, 1), np.uint8)
    pixels[0, 5] = 255
    session = ColorizeSession(ImageBuffer(pixels))
    assert session.lightness_at(5.9, 0.2) == pytest.approx(100, abs=0.01)
    assert session.lightness_at(50.0, -3.0) == pytest.approx(100, abs=0.01)
    assert session.lightness_at(4.9, 0.2) == pytest.approx(0, abs=0.01)


def test_before_any_colours_all_is_gray() -> None:
    session = flat()
    assert session.colour_at(5, 5) == (0.0, 0.0)
    assert session.palette_at(5, 5) == ()


@pytest.mark.parametrize("saturation", [0.5, 1.0, 2.0])
def test_a_hint_of_the_colour_that_is_seen_changes_nothing(saturation: float) -> None:
    session = flat()
    session.layer.add(Hint(((30.0, 20.0),), 5.0, (12.0, -8.0)), "")
    find(session, saturation=saturation)
    before = session.colour_at(10, 10)
    assert before == pytest.approx((12.0, -8.0), abs=0.2), "Levin's spreads over flat gray"
    session.layer.add(Hint(((10.0, 10.0),), 5.0, before), "")
    find(session, saturation=saturation)
    assert session.colour_at(10, 10) == pytest.approx(before, abs=0.2)


def test_without_saturation_hints_begin_gray() -> None:
    session = flat()
    session.layer.add(Hint(((30.0, 20.0),), 5.0, (12.0, -8.0)), "")
    find(session, saturation=0.0)
    assert session.colour_at(30, 20) == (0.0, 0.0)


def test_a_network_says_what_is_likely_at_a_place() -> None:
    pixels = np.zeros((40, 60, 1), np.uint8)
    pixels[:, 30:] = 220
    session = ColorizeSession(ImageBuffer(pixels))
    find(session, method="network")
    dark, light = session.palette_at(2, 20), session.palette_at(58, 20)
    assert dark
    assert dark != light
    assert session.palette_at(-100, 900) == session.palette_at(0, 39)
    assert sum(colour.share for colour in dark) <= 1.001
