from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.colorization.colourist import Colourist, NetworkColours
from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from tests.helpers.colorizers import TinyColorizer

RED = (40.0, 25.0)


def picture(width: int, height: int) -> ImageBuffer:
    pixels = np.random.default_rng(0).integers(60, 200, (height, width, 1), dtype=np.uint8)
    return ImageBuffer(pixels)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (61, 1), (90, 70)])
@pytest.mark.parametrize("method", ["network", "levin"])
def test_hints_keep_their_colour_in_pictures_of_any_size(
    size: tuple[int, int], method: str
) -> None:
    image, place = picture(*size), (size[0] / 2, size[1] / 2)
    hints = [Hint((place,), 1.0, RED)]
    colourist = Colourist(image, 64, 32 if method == "network" else 1)
    if method == "network":
        found = colourist.ask_network(TinyColorizer().eval(), hints, NetworkColours())
    else:
        found = colourist.spread(hints)
    height, width = colourist.lightness.shape
    ab = found.colours.ab(colourist.lightness, (width, height), Region(0, 0, width, height))
    assert ab[height // 2, width // 2] == pytest.approx(RED, abs=0.5)


def test_a_long_strip_is_looked_at_within_reason() -> None:
    assert Colourist(picture(20_000, 2), 64).lightness.shape == (64, 512)
    assert Colourist(picture(2, 20_000), 64, 1).lightness.shape == (512, 64)
    assert Colourist(picture(400, 100), 64).lightness.shape == (64, 256)
