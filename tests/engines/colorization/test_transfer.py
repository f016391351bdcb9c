from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sr_studio.engines.colorization.transfer import transfer_by_histogram, transfer_by_matching

Lab = NDArray[np.float32]
Transfer = Callable[[Lab, Lab], Lab]


def match(lightness: Lab, reference_lab: Lab) -> Lab:
    return transfer_by_matching(lightness, reference_lab, np.random.default_rng(0))


EVERY = pytest.mark.parametrize(
    "transfer", [match, transfer_by_histogram], ids=["matching", "histogram"]
)


def landscape(height: int, width: int, seed: int = 0) -> Lab:
    """A light blue sky over rough, dark green ground."""
    random = np.random.default_rng(seed)
    y = np.linspace(0, 1, height)[:, None]
    is_sky = np.broadcast_to(y < 0.5, (height, width))
    noise = random.normal(0, 1, (height, width))
    lightness = np.where(is_sky, 90 - 20 * y + 0.5 * noise, 30 + 6 * noise)
    ab = np.where(is_sky[..., None], (-5, -30), (-25, 30)) + random.normal(0, 1, (height, width, 2))
    return np.concatenate([lightness[..., None], ab], -1).astype(np.float32)


def error(ab: Lab, truth: Lab) -> float:
    return float(np.abs(ab - truth).mean())


@EVERY
def test_a_picture_gets_its_own_colours_back(transfer: Transfer) -> None:
    lab = landscape(60, 80)
    found = transfer(lab[..., 0], lab)
    assert found.shape == (60, 80, 2)
    assert found.dtype == np.float32
    assert error(found, lab[..., 1:]) < 0.1 * error(np.zeros_like(found), lab[..., 1:])


@EVERY
def test_a_fainter_and_darker_picture_gets_the_same_colours(transfer: Transfer) -> None:
    """Both see where a lightness is among the picture's, not how much it is."""
    reference, wanted = landscape(60, 80), landscape(50, 70, seed=1)
    found = transfer(5 + 0.4 * wanted[..., 0], reference)
    assert error(found, wanted[..., 1:]) < 0.1 * error(np.zeros_like(found), wanted[..., 1:])


@EVERY
@pytest.mark.parametrize("reference_size", [(1, 1), (1, 30), (300, 2), (20, 30)], ids=str)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2), (30, 1), (25, 35)], ids=str)
@pytest.mark.parametrize("is_flat", [False, True])
def test_any_two_sizes_go_together(
    transfer: Transfer, reference_size: tuple[int, int], size: tuple[int, int], is_flat: bool
) -> None:
    reference = landscape(*reference_size)
    lightness = landscape(*size, seed=1)[..., 0]
    if is_flat:
        reference[..., 0] = 70.0
        lightness = np.full_like(lightness, 33.3)
    found = transfer(lightness, reference)
    assert found.shape == (*size, 2)
    lowest, highest = reference[..., 1:].min((0, 1)), reference[..., 1:].max((0, 1))
    assert (found >= lowest - 1e-4).all()  # so that no value is NaN, either
    assert (found <= highest + 1e-4).all()


@EVERY
def test_a_gray_reference_leaves_the_picture_gray(transfer: Transfer) -> None:
    reference = landscape(20, 30)
    reference[..., 1:] = 0
    assert not transfer(landscape(25, 35)[..., 0], reference).any()


@EVERY
def test_the_same_twice(transfer: Transfer) -> None:
    lightness, reference = landscape(40, 50)[..., 0], landscape(30, 30, seed=2)
    assert np.array_equal(transfer(lightness, reference), transfer(lightness, reference))


def test_matching_takes_about_200_colours_of_the_reference_and_no_others() -> None:
    reference = np.random.default_rng(0).uniform(0, 90, (120, 90, 3)).astype(np.float32)
    lightness = np.random.default_rng(1).uniform(0, 90, (200, 210)).astype(np.float32)
    found = {tuple(ab) for ab in match(lightness, reference).reshape(-1, 2).tolist()}
    assert found <= {tuple(ab) for ab in reference[..., 1:].reshape(-1, 2).tolist()}
    assert 150 < len(found) < 250
    other = transfer_by_matching(lightness, reference, np.random.default_rng(1))
    assert not np.array_equal(other, match(lightness, reference))


def test_matching_tells_rough_from_smooth_at_the_same_lightness() -> None:
    random = np.random.default_rng(0)
    lab = np.zeros((60, 80, 3), np.float32)
    lab[..., 0] = 50
    lab[:, :40, 0] += random.normal(0, 12, (60, 40))
    lab[:, :40, 1], lab[:, 40:, 1] = 30, -30
    found = match(lab[:, ::-1, 0], lab)[..., 0]
    assert found[:, :35].mean() < -25  # the smooth side is on the left there
    assert found[:, 45:].mean() > 20


def test_the_histogram_maps_ranks_whatever_the_curve() -> None:
    lab = landscape(60, 80)
    lightness = lab[..., 0]
    curved = (100 * (lightness / 100) ** 3).astype(np.float32)
    first, second = transfer_by_histogram(lightness, lab), transfer_by_histogram(curved, lab)
    assert np.allclose(first, second, atol=0.1)
    smooth = np.linspace(0, 100, 101, dtype=np.float32)[None]
    ramp = np.stack([smooth, smooth - 50, 50 - smooth], -1)
    assert np.allclose(transfer_by_histogram(smooth / 2, ramp), ramp[..., 1:], atol=2.5)
