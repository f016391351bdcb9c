from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sr_studio.metrics.checkerboard import checkerboard

EACH_PERIOD = pytest.mark.parametrize("period_px", [2, 3, 4, 5])


def pattern(period_px: int, side_px: int, seed: int = 0) -> NDArray[np.float64]:
    """A random pattern of the period, with mean 0 and variance 1, all over the picture."""
    tile = np.random.default_rng(seed).normal(size=(period_px, period_px))
    tile = (tile - tile.mean()) / tile.std()
    copies = -(-side_px // period_px)
    return np.tile(tile, (copies, copies))[:side_px, :side_px]


def slope(side_px: int) -> NDArray[np.float64]:
    y, x = np.mgrid[0:side_px, 0:side_px]
    return 3 * x - 2.0 * y + 7


@EACH_PERIOD
@pytest.mark.parametrize("side_px", [60, 67])
def test_a_pattern_alone_is_all_there_is(period_px: int, side_px: int) -> None:
    measured = checkerboard(5 * pattern(period_px, side_px) + 100, period_px=period_px)
    assert measured.share == pytest.approx(1)
    assert measured.amplitude == pytest.approx(5)


@EACH_PERIOD
def test_constants_and_ramps_have_none(period_px: int) -> None:
    for smooth in (np.full((60, 60), 0.3, np.float32), slope(60), np.zeros((60, 60))):
        assert checkerboard(smooth, period_px=period_px).share == 0
        assert checkerboard(smooth, period_px=period_px).amplitude == 0


@EACH_PERIOD
def test_a_ramp_hides_no_pattern(period_px: int) -> None:
    plain = checkerboard(pattern(period_px, 60), period_px=period_px)
    sloped = checkerboard(pattern(period_px, 60) + slope(60), period_px=period_px)
    assert sloped.amplitude == pytest.approx(plain.amplitude)
    assert sloped.share == pytest.approx(plain.share)


@EACH_PERIOD
def test_the_share_is_that_of_the_power_spectrum_at_the_strides_frequencies(period_px: int) -> None:
    """Of a periodic picture, whose spectrum needs no window."""
    side_px = 16 * period_px
    picture = np.random.default_rng(1).normal(size=(side_px, side_px))
    picture += 0.2 * pattern(period_px, side_px)
    wrapped = np.pad(picture, period_px // 2, mode="wrap")
    frequency = np.fft.fftfreq(side_px)
    # the box mean over one period, as a factor at each frequency
    phase = np.exp(2j * np.pi * np.outer(frequency, np.arange(period_px) - (period_px - 1) / 2))
    box = phase.mean(1).real
    if period_px % 2 == 0:  # half weights at both ends: two boxes, each half a pixel aside
        box = box * np.cos(np.pi * frequency)
    power = np.abs(np.fft.fft2(picture)) ** 2 * (1 - np.outer(box, box)) ** 2
    of_stride = power[:: side_px // period_px, :: side_px // period_px].sum() - power[0, 0]
    measured = checkerboard(wrapped, period_px=period_px)
    assert measured.share == pytest.approx(of_stride / power.sum())


@EACH_PERIOD
def test_noise_counts_as_little_as_chance_has_it(period_px: int) -> None:
    noise = np.random.default_rng(2).normal(size=(240, 240))
    measured = checkerboard(noise, period_px=period_px)
    assert 0 < measured.share < 4 * period_px**2 / noise.size


def test_a_pattern_of_another_period_is_detail_but_none_of_this() -> None:
    assert checkerboard(pattern(3, 64), period_px=4).share < 0.01
    assert checkerboard(pattern(2, 64), period_px=4).share == pytest.approx(1)  # 4 = 2 x 2


def test_more_pattern_is_a_larger_share_whatever_the_units() -> None:
    noise = np.random.default_rng(3).normal(size=(96, 96))
    shares = [
        checkerboard(noise + amount * pattern(4, 96), period_px=4).share
        for amount in (0.0, 0.1, 0.3, 1.0)
    ]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.5, abs=0.05)
    scaled = checkerboard(255 * (noise + pattern(4, 96)) - 40, period_px=4)
    assert scaled.share == pytest.approx(shares[-1])


def test_channels_are_taken_together_and_integers_do() -> None:
    tile = pattern(2, 40)
    picture = np.stack([tile, -tile, 0 * tile], axis=2)
    measured = checkerboard(picture, period_px=2)
    assert measured.share == pytest.approx(1)
    assert measured.amplitude == pytest.approx((2 / 3) ** 0.5)
    eight_bit = np.where(np.indices((20, 20)).sum(0) % 2, 140, 120).astype(np.uint8)
    assert checkerboard(eight_bit, period_px=2).amplitude == pytest.approx(10)


@pytest.mark.parametrize(("shape", "period_px"), [((40, 40), 1), ((15, 40), 4), ((40, 7), 2)])
def test_what_cannot_be_measured_is_refused(shape: tuple[int, int], period_px: int) -> None:
    with pytest.raises(ValueError, match="period"):
        checkerboard(np.zeros(shape), period_px=period_px)
