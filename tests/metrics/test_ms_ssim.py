from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sr_studio.metrics.ms_ssim import ms_ssim
from tests.metrics.test_ssim import pair


@pytest.mark.parametrize("shape", [(180, 200), (257, 301), (190, 183, 3)])
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_equals_a_second_implementation(shape: tuple[int, ...], noise: float) -> None:
    """Composed of torchmetrics' contrasts and scikit-image's SSIM: both leave the border off.

    torchmetrics' own multi-scale SSIM counts a mirrored border at the coarsest scale: close only.
    """
    torch = pytest.importorskip("torch")
    image = pytest.importorskip("torchmetrics.functional.image")
    a, b = pair(shape, noise)
    first, second = (
        torch.from_numpy(values.reshape(*shape[:2], -1)).permute(2, 0, 1)[None] for values in (a, b)
    )
    roughly = image.multiscale_structural_similarity_index_measure(
        first, second, data_range=1.0, normalize="relu"
    )
    expected = 1.0
    for weight in (0.0448, 0.2856, 0.3001, 0.2363):
        _, contrast = image.structural_similarity_index_measure(
            first, second, data_range=1.0, return_contrast_sensitivity=True
        )
        expected *= float(contrast) ** weight
        first, second = (torch.nn.functional.avg_pool2d(values, 2) for values in (first, second))
    coarsest = structural_similarity(
        first[0].numpy(),
        second[0].numpy(),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=0,
    )
    expected *= coarsest**0.1333

    ours = ms_ssim(a, b, white=1.0)
    assert ours == pytest.approx(expected, abs=1e-5)
    assert ours == pytest.approx(float(roughly), abs=2e-3)


def test_is_one_for_equal_pictures() -> None:
    a, _ = pair((176, 177))
    assert ms_ssim(a, a, white=1.0) == pytest.approx(1, abs=1e-6)


def test_the_negative_counts_as_zero() -> None:
    a = np.random.default_rng(0).random((176, 176))
    assert ms_ssim(a, 1 - a, white=1.0) == 0


def test_depth_changes_nothing_but_rounding() -> None:
    a, b = pair((176, 190, 3))
    rounded = ((values * 65535).round().astype(np.uint16) for values in (a, b))
    assert ms_ssim(*rounded, white=65535) == pytest.approx(ms_ssim(a, b, white=1.0), abs=1e-4)


@pytest.mark.parametrize("shapes", [((180, 200), (200, 180)), ((175, 400), (175, 400))])
def test_different_or_small_shapes_are_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="176 x 176"):
        ms_ssim(np.zeros(shapes[0]), np.zeros(shapes[1]), white=1.0)
