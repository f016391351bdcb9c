from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.colorization.colourist import Colourist, NetworkColours, reduce_to_lab
from sr_studio.engines.colorization.hints import Hint
from sr_studio.imaging.colour_map import colour_picture
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.lab import rgb_to_lab
from tests.helpers.colorizers import WARM, HintsEverywhere, WarmLights

HALVES = np.full((96, 160, 1), 60, np.uint8)
HALVES[:, 81:] = 200  # an edge that lies on no cell of the working size


def ab_of(image: ImageBuffer, colours: object) -> np.ndarray:
    picture = colour_picture(image, colours.colours, lambda _share: None)
    return rgb_to_lab(to_float(picture.pixels))[..., 1:]


@pytest.mark.parametrize("is_vivid", [False, True])
def test_the_networks_colours_end_at_the_edges_of_the_full_picture(is_vivid: bool) -> None:
    image = ImageBuffer(HALVES)
    found = Colourist(image, 32).ask_network(WarmLights(), (), NetworkColours(is_vivid))
    ab = ab_of(image, found)
    assert np.abs(ab[:, :78]).max() < 5
    assert np.abs(ab[:, 84:] - WARM).max() < 5


def test_a_hint_has_its_colour_whatever_the_network_thinks() -> None:
    image = ImageBuffer(HALVES)
    hint = Hint(((120.3, 40.7),), 3.0, (-30.0, 10.0))
    found = Colourist(image, 32).ask_network(WarmLights(), (hint,), NetworkColours())
    assert np.abs(ab_of(image, found)[40, 120] - hint.ab).max() < 2


@pytest.mark.parametrize(("x", "y"), [(0, 0), (159.9, 95.9), (80.5, 48)])
def test_hints_are_exact_at_corners_and_on_edges(x: float, y: float) -> None:
    image = ImageBuffer(HALVES)
    hint = Hint(((x, y),), 1.0, (15.0, -20.0))
    for multiple in (1, 32):
        found = Colourist(image, 64, multiple).spread((hint,))
        assert np.abs(ab_of(image, found)[int(y), int(x)] - hint.ab).max() < 2


def test_without_hints_and_network_the_picture_stays_gray() -> None:
    image = ImageBuffer(HALVES)
    assert np.abs(ab_of(image, Colourist(image, 64, 1).spread(()))).max() < 0.5


def test_the_picture_is_looked_at_once_for_many_hints() -> None:
    network = WarmLights()
    colourist = Colourist(ImageBuffer(HALVES), 32)
    for x in (10.0, 50.0, 90.0):
        colourist.ask_network(network, (Hint(((x, 20.0),), 3.0, (9.0, 9.0)),), NetworkColours())
    assert network.looks == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3, 2000), (33, 31)])
def test_any_size_is_coloured(size: tuple[int, int]) -> None:
    image = ImageBuffer(np.full((*size, 1), 180, np.uint8))
    hint = Hint(((0.5, 0.5),), 5.0, (10.0, 10.0))
    for hints in ((), (hint,)):
        found = Colourist(image, 32).ask_network(WarmLights(), hints, NetworkColours())
        assert np.isfinite(ab_of(image, found)).all()


def test_a_picture_in_colour_is_measured_against_itself() -> None:
    rgb = np.repeat(HALVES, 3, 2).copy()
    rgb[:, 81:, 0], rgb[:, 81:, 2] = 255, 120
    found = Colourist(ImageBuffer(rgb), 64, 1).spread(())
    own = reduce_to_lab(ImageBuffer(rgb), 64)[..., 1:]
    perfect = Colourist(ImageBuffer(rgb), 64, 1).take(own, ())
    assert found.figures is not None
    assert perfect.figures is not None
    assert perfect.figures.ab_psnr > found.figures.ab_psnr + 10
    assert found.figures.share_near == pytest.approx(0.5, abs=0.06)
    assert perfect.figures.share_near > 0.95
    assert found.figures.colourfulness < 1 < found.figures.true_colourfulness


def test_the_palette_is_that_of_the_place() -> None:
    found = Colourist(ImageBuffer(HALVES), 64).ask_network(WarmLights(), (), NetworkColours())
    assert found.distribution is not None
    (dark, _), (bright, share) = (
        found.distribution.palette(*place)[0] for place in ((20, 50), (140, 50))
    )
    assert np.abs(np.subtract(dark, (0, 0))).max() < 3
    assert np.abs(np.subtract(bright, WARM)).max() < 3
    assert 0.8 < share <= 1.001


def test_a_long_strip_is_looked_at_within_reason() -> None:
    def strip(width: int, height: int) -> ImageBuffer:
        return ImageBuffer(np.full((height, width, 1), 90, np.uint8))

    assert Colourist(strip(20_000, 2), 64).lightness.shape == (64, 512)
    assert Colourist(strip(2, 20_000), 64, 1).lightness.shape == (512, 64)
    assert Colourist(strip(400, 100), 64).lightness.shape == (64, 256)


def test_one_hint_speaks_of_its_surroundings() -> None:
    image = ImageBuffer(np.full((400, 600, 1), 150, np.uint8))
    hint = Hint(((60.0, 60.0),), 6.0, (30.0, 20.0))
    network = HintsEverywhere()
    ab = ab_of(image, Colourist(image, 256).ask_network(network, (hint,), NetworkColours()))
    assert np.abs(ab[60, 60] - hint.ab).max() < 2
    near, far = ab[100, 100, 0], ab[380, 580, 0]
    assert 30 > near > 10
    assert abs(far) < 3


def test_many_hints_speak_of_all_that_lies_between_them() -> None:
    image = ImageBuffer(np.full((400, 600, 1), 150, np.uint8))
    hints = tuple(
        Hint(((x, y),), 6.0, (30.0, 20.0)) for x in (60.0, 300.0, 540.0) for y in (60.0, 340.0)
    )
    network = HintsEverywhere()
    ab = ab_of(image, Colourist(image, 256).ask_network(network, hints, NetworkColours()))
    assert ab[..., 0].min() > 22
