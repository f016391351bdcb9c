from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.colorization.distribution import ColourDistribution
from sr_studio.engines.colorization.hints import Hint
from sr_studio.engines.colorization.palette import likely_colours
from sr_studio.tensors.colour_bins import published_bins

BINS = published_bins().numpy()


def index_of(a: float, b: float) -> int:
    return int(np.flatnonzero(((a, b) == BINS).all(1))[0])


def sure_but_for(rows: slice, columns: slice) -> ColourDistribution:
    shares = np.zeros((20, 30, len(BINS)), np.float16)
    shares[..., index_of(0, 0)] = 1
    shares[rows, columns] = 1 / len(BINS)
    return ColourDistribution(shares, BINS, (300, 200))


def test_peaks_are_told_apart_and_neighbours_joined() -> None:
    shares = np.zeros(len(BINS), np.float32)
    shares[index_of(0, 0)], shares[index_of(0, 10)] = 0.4, 0.2
    shares[index_of(60, 40)] = 0.395
    shares[index_of(-40, 40)] = 0.005
    first, second = likely_colours(shares, BINS)
    assert first.ab == pytest.approx((0, 10 / 3), abs=1e-4)
    assert first.share == pytest.approx(0.6)
    assert second.ab == pytest.approx((60, 40))


def test_no_more_than_asked_for_and_none_twice() -> None:
    even = np.full(len(BINS), 1 / len(BINS), np.float32)
    colours = likely_colours(even, BINS, most=5)
    assert len(colours) == 5
    assert len({colour.ab for colour in colours}) == 5
    assert sum(colour.share for colour in colours) <= 1


def test_uncertainty_is_high_where_every_colour_is_as_likely() -> None:
    levels = sure_but_for(slice(5, 10), slice(20, 25)).uncertainty()
    assert levels[7, 22] > 250
    assert levels[0, 0] == 0
    assert sure_but_for(slice(None), slice(None)).uncertainty().min() == 255


def test_the_next_hint_goes_where_the_network_is_unsure() -> None:
    x, y = sure_but_for(slice(6, 11), slice(19, 25)).suggest_place(())
    assert 190 <= x <= 250
    assert 60 <= y <= 110


def test_a_second_hint_goes_elsewhere() -> None:
    everywhere = sure_but_for(slice(None), slice(None))
    first = everywhere.suggest_place(())
    hint = Hint((first,), 5.0, (0.0, 0.0))
    second = everywhere.suggest_place((hint,))
    assert np.hypot(second[0] - first[0], second[1] - first[1]) > 25


def test_places_beside_the_picture_have_the_palette_of_its_rim() -> None:
    distribution = sure_but_for(slice(0, 1), slice(0, 1))
    assert distribution.palette(-50, -50) == distribution.palette(0, 0)
    assert distribution.palette(1e6, 1e6)[0].share == pytest.approx(1)
