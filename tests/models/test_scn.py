"""SCN computes what its authors' release computes, written there patch by patch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sr_studio.imaging.resize import imresize
from sr_studio.models.scn import CSCN, SCN, convert_release

Floats = NDArray[np.float64]


def release() -> dict[str, Floats]:
    """Matrices with the shapes of `weights_srnet_x2_52.mat`, and filters with no symmetry."""
    random = np.random.default_rng(5)
    shapes = {
        "conv": (81, 100),
        "mean2": (169, 1),
        "diffms": (81, 25),
        "wd": (100, 128),
        "usd1": (128, 128),
        "ud": (128, 25),
        "addp": (25, 1),
    }
    matrices = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    matrices["wd"] *= 2
    matrices["usd1"] *= 0.1
    return matrices


def filtered(image: Floats, filters: Floats) -> Floats:
    side = round(len(filters) ** 0.5)
    windows = np.lib.stride_tricks.sliding_window_view(image, (side, side))
    return windows.reshape(*windows.shape[:2], -1) @ filters


def shrink(values: Floats) -> Floats:
    return np.sign(values) * np.maximum(np.abs(values) - 1, 0)


def normalise(vectors: Floats) -> Floats:
    return vectors / np.linalg.norm(vectors, axis=2, keepdims=True)


def restore(image: Floats, matrices: dict[str, Floats]) -> Floats:
    padded = np.pad(image, 6, mode="symmetric")
    observed = normalise(filtered(padded, matrices["conv"])) @ matrices["wd"]
    code = shrink(observed + shrink(observed) @ matrices["usd1"])
    contrast = np.linalg.norm(filtered(padded, matrices["diffms"]), axis=2, keepdims=True)
    patches = 1.1 * contrast * normalise(code @ matrices["ud"]) * matrices["addp"].ravel()
    result = filtered(padded, matrices["mean2"])[..., 0]
    height, width = image.shape
    for column in range(5):  # of the patch, whose pixels come column by column
        for row in range(5):
            shifted = patches[4 - row : 4 - row + height, 4 - column : 4 - column + width]
            result = result + shifted[..., 5 * column + row]
    return result


def test_the_release_is_read_as_its_authors_run_it() -> None:
    matrices = release()
    network = SCN().double()
    tensors = {name: torch.from_numpy(matrix) for name, matrix in matrices.items()}
    network.load_state_dict(convert_release(tensors))
    image = np.random.default_rng(1).random((7, 9))
    with torch.no_grad():
        restored = network(torch.from_numpy(image)[None, None])[0, 0].numpy()
    single_precision = {name: m.astype(np.float32).astype(float) for name, m in matrices.items()}
    np.testing.assert_allclose(restored, restore(image, single_precision), atol=1e-10)


def test_its_own_layout_is_left_alone() -> None:
    own = SCN().state_dict()
    assert convert_release(own) is own


def test_contrast_passes_through() -> None:
    torch.manual_seed(0)
    network = SCN()
    image = torch.rand(1, 1, 8, 6)
    with torch.no_grad():
        torch.testing.assert_close(network(image / 3), network(image) / 3)


def test_thresholds_that_nothing_passes_leave_the_mean_of_the_window() -> None:
    network = SCN()
    with torch.no_grad():
        network.thresholds.fill_(100)
        flat = network(torch.full((1, 1, 4, 5), 0.3))
        spot = torch.zeros(1, 1, 15, 15)
        spot[..., 7, 7] = 1
        blurred = network(spot)
    torch.testing.assert_close(flat, torch.full_like(flat, 0.3))
    triangle = torch.tensor([1.0, 2, 3, 4, 5, 4, 3, 2, 1]) / 25
    torch.testing.assert_close(blurred[0, 0, 3:12, 3:12], torch.outer(triangle, triangle))


def test_a_flat_picture_stays_finite_in_training() -> None:
    network = SCN()
    network(torch.full((1, 1, 4, 5), 0.3)).sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.grad is not None)


@pytest.mark.parametrize("scale", [3, 4])
def test_the_cascade_enlarges_by_two_and_shrinks_as_matlab_does(scale: int) -> None:
    """Without detail an SCN is the symmetric mean of a window, which keeps a ramp as it is."""
    network = CSCN(scale)
    ramp = torch.linspace(0, 1, 40).expand(1, 1, 40, 40).contiguous()
    with torch.no_grad():
        for stage in network.stages:
            stage.thresholds.fill_(100)
        enlarged = network(ramp)[0, 0].numpy()
    expected = ramp[0, 0].numpy()
    for side in (80, 160, 40 * scale):
        expected = imresize(expected, size=(side, side))
    inner = (slice(12 * scale, -12 * scale),) * 2
    np.testing.assert_allclose(enlarged[inner], expected[inner], atol=1e-5)
