from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio

from sr_studio.metrics.colour import (
    ab_distances,
    ab_error_shares,
    ab_psnr,
    area_under_curve,
    colourfulness,
    share_within,
)

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.random((23, 31, 3), np.float32)
RESULT = np.clip(TRUTH + RANDOM.normal(0, 0.1, TRUTH.shape), 0, 1).astype(np.float32)
DISTANCES = ab_distances(RESULT, TRUTH)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def ab_of(rgb: NDArray[np.float32]) -> NDArray[np.float64]:
    """CIE 15 and IEC 61966-2-1 as they are written, with the white of the matrix."""
    encoded = rgb.astype(np.float64)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    relative = linear @ TO_XYZ.T / TO_XYZ.sum(1)
    root = np.where(
        relative > (6 / 29) ** 3, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29
    )
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([500 * (x - y), 200 * (y - z)], -1)


def test_distances_are_those_of_the_standards_formulas() -> None:
    wanted = np.linalg.norm(ab_of(RESULT) - ab_of(TRUTH), axis=-1)
    assert np.allclose(DISTANCES, wanted, atol=0.02)
    assert DISTANCES.max() > 30


def test_lightness_alone_makes_no_distance() -> None:
    dark, bright = (np.full((4, 5, 3), level, np.float32) for level in (0.2, 0.9))
    assert ab_distances(dark, bright).max() < 0.01


def test_shares_are_counted_pixel_by_pixel() -> None:
    weights = RANDOM.random(DISTANCES.shape)
    plain, weighted = ab_error_shares(DISTANCES), ab_error_shares(DISTANCES, weights)
    assert plain.shape == weighted.shape == (151,)
    for threshold in range(151):
        near = [
            (distance <= threshold, weight)
            for distance, weight in zip(DISTANCES.ravel(), weights.ravel(), strict=True)
        ]
        assert plain[threshold] == pytest.approx(sum(each for each, _ in near) / DISTANCES.size)
        wanted = sum(weight for each, weight in near if each) / weights.sum()
        assert weighted[threshold] == pytest.approx(wanted)


def test_distances_on_and_beyond_the_thresholds() -> None:
    shares = ab_error_shares(np.array([0.0, 2.0, 2.1, 150.0, 170.0]))
    assert shares[[0, 1, 2, 3, 149, 150]].tolist() == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.6, 0.8])


def test_a_weight_is_a_number_of_pixels() -> None:
    counts = RANDOM.integers(1, 5, DISTANCES.shape)
    repeated = np.repeat(DISTANCES.ravel(), counts.ravel())
    assert np.allclose(ab_error_shares(DISTANCES, counts), ab_error_shares(repeated))


def test_the_area_is_one_less_the_mean_distance() -> None:
    """The integral of a cumulative distribution, up to the width of a threshold's step."""
    wanted = 1 - np.minimum(DISTANCES, 150).mean() / 150
    assert area_under_curve(ab_error_shares(DISTANCES)) == pytest.approx(wanted, abs=0.5 / 150)
    assert area_under_curve(ab_error_shares(np.zeros(9))) == 1
    assert area_under_curve(ab_error_shares(np.full(9, 151.0))) == 0


def test_psnr_is_that_of_the_planes_a_and_b() -> None:
    wanted = peak_signal_noise_ratio(ab_of(TRUTH), ab_of(RESULT), data_range=255)
    assert ab_psnr(DISTANCES) == pytest.approx(wanted, abs=0.01)
    assert math.isinf(ab_psnr(ab_distances(TRUTH, TRUTH)))


def test_the_share_within_a_distance_is_on_the_curve() -> None:
    assert share_within(DISTANCES, 20.0) == pytest.approx(ab_error_shares(DISTANCES)[20])
    assert 0.1 < share_within(DISTANCES, 20.0) < 0.9


def test_colourfulness_is_that_of_opencvs_statistics() -> None:
    red, green, blue = (TRUTH[..., channel].astype(np.float64) * 255 for channel in range(3))
    means, deviations = zip(
        *(cv2.meanStdDev(plane) for plane in (red - green, 0.5 * (red + green) - blue)),
        strict=True,
    )
    wanted = math.hypot(*(float(each.item()) for each in deviations))
    wanted += 0.3 * math.hypot(*(float(each.item()) for each in means))
    assert colourfulness(TRUTH) == pytest.approx(wanted)


def test_gray_has_no_colour_and_one_colour_has_no_spread() -> None:
    assert colourfulness(np.repeat(TRUTH[..., :1], 3, axis=2)) == 0
    red = np.zeros((6, 7, 3), np.float32)
    red[..., 0] = 1
    assert colourfulness(red) == pytest.approx(0.3 * math.hypot(255, 127.5))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        ab_distances(TRUTH, TRUTH[1:])
    with pytest.raises(ValueError, match="weights"):
        ab_error_shares(DISTANCES, np.ones(3))
