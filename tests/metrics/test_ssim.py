from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sr_studio.metrics.ssim import ssim


def pair(shape: tuple[int, ...], noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """A smooth picture and a noisy copy, float64 in [0, 1]."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: shape[0], : shape[1]]
    smooth = 0.5 + 0.4 * np.sin(x / 9) * np.cos(y / 7)
    truth = np.repeat(smooth[..., None], shape[2], axis=2) if len(shape) == 3 else smooth
    return truth, np.clip(truth + rng.normal(0, noise, shape), 0, 1)


@pytest.mark.parametrize("shape", [(11, 11), (11, 200), (75, 64), (150, 131), (90, 80, 3)])
@pytest.mark.parametrize("noise", [0.002, 0.1])
def test_equals_a_second_implementation(shape: tuple[int, ...], noise: float) -> None:
    a, b = pair(shape, noise)
    expected = structural_similarity(
        a,
        b,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=2 if len(shape) == 3 else None,
    )
    assert ssim(a, b, white=1.0) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_depth_changes_nothing_but_rounding(dtype: type, white: int) -> None:
    a, b = pair((60, 50))
    rounded = ((values * white).round().astype(dtype) for values in (a, b))
    assert ssim(*rounded, white=white) == pytest.approx(ssim(a, b, white=1.0), abs=1e-3)


def test_is_one_for_equal_pictures_and_symmetric() -> None:
    a, b = pair((40, 40, 3))
    assert ssim(a, a, white=1.0) == pytest.approx(1, abs=1e-6)
    assert ssim(a, b, white=1.0) == pytest.approx(ssim(b, a, white=1.0), abs=1e-9)
    assert ssim(a, b, white=1.0) < 0.9


def test_turning_the_pictures_changes_nothing() -> None:
    a, b = pair((130, 70))
    assert ssim(a.T, b.T, white=1.0) == pytest.approx(ssim(a, b, white=1.0), abs=1e-7)


@pytest.mark.parametrize("shapes", [((12, 13), (13, 12)), ((10, 40), (10, 40))])
def test_different_or_small_shapes_are_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(np.zeros(shapes[0]), np.zeros(shapes[1]), white=1.0)
