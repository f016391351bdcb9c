"""Every loss against a reference of its own, on random pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d
from skimage.metrics import structural_similarity
from torch import nn
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from sr_studio.losses._registry import all_losses
from sr_studio.losses.grid import GridLoss
from sr_studio.losses.perceptual import ContentLoss, TextureLoss
from sr_studio.losses.pixelwise import CharbonnierLoss
from sr_studio.losses.similarity import MixLoss, MSSSIMLoss, SSIMLoss
from sr_studio.losses.total_variation import TotalVariationLoss
from sr_studio.metrics.ssim import ssim

WITH_TRUTH = sorted(set(all_losses()) - {"tv"})


def pictures(side: int = 40, channels: int = 3, dtype: torch.dtype = torch.float64):
    generator = torch.Generator().manual_seed(side)
    truth = torch.rand(2, channels, side, side + 3, generator=generator, dtype=dtype)
    noise = torch.randn(truth.shape, generator=generator, dtype=dtype)
    return truth + 0.1 * noise, truth


def features(image: torch.Tensor) -> torch.Tensor:
    """Five maps at half size: enough for a classifier's part."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, 3, 3, 3, generator=generator, dtype=torch.float64).to(image)
    return torch.relu(nn.functional.conv2d(image, weight, stride=2, padding=1))


def build(loss_id: str) -> nn.Module:
    spec = all_losses()[loss_id]
    return spec.build(features) if spec.needs_features else spec.build()


@pytest.mark.parametrize("loss_id", WITH_TRUTH)
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_is_lost_where_both_are_equal_and_the_slope_is_a_number(
    loss_id: str, channels: int
) -> None:
    loss, (_, truth) = build(loss_id), pictures(channels=channels)
    restored = truth.clone().requires_grad_()
    value = loss(restored, truth)
    assert value.shape == ()
    assert float(value.detach()) == pytest.approx(0, abs=1.1e-3)  # Charbonnier's epsilon
    value.backward()
    assert torch.isfinite(restored.grad).all()


@pytest.mark.parametrize("loss_id", sorted(all_losses()))
def test_a_step_down_the_slope_lessens_the_loss(loss_id: str) -> None:
    loss, (restored, truth) = build(loss_id), pictures()
    restored.requires_grad_()
    before = loss(restored, truth)
    (slope,) = torch.autograd.grad(before, restored)
    assert loss(restored - 1e-4 * slope / slope.norm(), truth) < before


@pytest.mark.parametrize("loss_id", sorted(all_losses()))
def test_the_slope_is_that_of_the_differences(loss_id: str) -> None:
    loss, (restored, truth) = build(loss_id), pictures(33)
    restored.requires_grad_()
    direction = torch.randn(restored.shape, dtype=torch.float64)
    (slope,) = torch.autograd.grad(loss(restored, truth), restored)
    step = 1e-6
    with torch.no_grad():
        ahead, behind = (loss(restored + sign * step * direction, truth) for sign in (1, -1))
    expected = float(ahead - behind) / (2 * step)
    assert float((slope * direction).sum()) == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_pixelwise_losses_are_those_of_numpy() -> None:
    restored, truth = pictures()
    difference = (restored - truth).numpy()
    losses = {name: float(build(name)(restored, truth)) for name in ("l1", "l2", "charbonnier")}
    assert losses["l1"] == pytest.approx(np.abs(difference).mean())
    assert losses["l2"] == pytest.approx((difference**2).mean())
    assert losses["charbonnier"] == pytest.approx(np.sqrt(difference**2 + 1e-6).mean())
    assert float(CharbonnierLoss(epsilon=1.0)(truth, truth)) == pytest.approx(1.0)


def test_ssim_is_that_of_scikit_image_and_of_our_own_measure() -> None:
    restored, truth = pictures(48)
    pairs = [
        tuple(each.permute(1, 2, 0).numpy() for each in pair)
        for pair in zip(restored, truth, strict=True)
    ]
    published = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = [
        structural_similarity(*pair, data_range=1.0, channel_axis=2, **published) for pair in pairs
    ]
    value = 1 - float(SSIMLoss()(restored, truth))
    assert value == pytest.approx(np.mean(expected), abs=1e-9)
    assert value == pytest.approx(np.mean([ssim(*pair, white=1.0) for pair in pairs]), abs=1e-5)


def test_ms_ssim_is_that_of_torchmetrics() -> None:
    restored, truth = pictures(192, channels=1, dtype=torch.float32)
    expected = multiscale_structural_similarity_index_measure(
        restored, truth, data_range=1.0, normalize="relu"
    )
    assert 1 - float(MSSSIMLoss()(restored, truth)) == pytest.approx(float(expected), abs=1e-4)


def test_ms_ssim_of_a_small_crop_takes_the_scales_that_fit() -> None:
    restored, truth = pictures(16)
    assert float(MSSSIMLoss()(restored, truth)) == pytest.approx(
        float(SSIMLoss()(restored, truth)),
        abs=0.02,  # one scale: the mean over each picture first
    )


def test_the_mix_is_that_of_its_equation() -> None:
    restored, truth = pictures(40, channels=1)
    a, b = restored.numpy()[:, 0], truth.numpy()[:, 0]

    def mean(values: np.ndarray, sigma: float) -> np.ndarray:
        distance = np.arange(33) - 16
        window = np.exp(-(distance**2) / (2 * sigma**2))
        window /= window.sum()
        for axis in (1, 2):
            values = correlate1d(values, window, axis=axis, mode="constant")
        return values[:, 16:-16, 16:-16]

    product = 1.0
    for sigma in (0.5, 1, 2, 4, 8):
        ma, mb = mean(a, sigma), mean(b, sigma)
        variances = mean(a * a, sigma) - ma**2 + mean(b * b, sigma) - mb**2
        covariance = mean(a * b, sigma) - ma * mb
        product = product * (2 * covariance + 0.03**2) / (variances + 0.03**2)
    luminance = (2 * ma * mb + 0.01**2) / (ma**2 + mb**2 + 0.01**2)
    expected = 0.84 * (1 - luminance * product) + 0.16 * mean(np.abs(a - b), 8)
    assert float(MixLoss()(restored, truth)) == pytest.approx(expected.mean(), rel=1e-9)
    only_l1 = float(MixLoss(alpha=0.0)(restored, truth))
    assert only_l1 == pytest.approx(mean(np.abs(a - b), 8).mean(), rel=1e-9)


def test_total_variation_is_that_of_numpy() -> None:
    restored, truth = pictures()
    values = restored.numpy()
    down, across = np.diff(values, axis=2), np.diff(values, axis=3)
    expected = np.abs(down).mean() + np.abs(across).mean()
    assert float(TotalVariationLoss()(restored, truth)) == pytest.approx(expected)
    length = np.hypot(down[..., :-1], across[..., :-1, :])
    isotropic = TotalVariationLoss("isotropic")
    assert float(isotropic(restored, truth)) == pytest.approx(length.mean(), abs=1e-5)
    flat = torch.full((1, 1, 4, 4), 0.5, requires_grad=True)
    isotropic(flat, flat).backward()
    assert torch.equal(flat.grad, torch.zeros_like(flat))


def test_grid_sees_a_checkerboard_and_nothing_else() -> None:
    truth = pictures(32)[1][..., :32]
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    board = ((rows + columns) % 2).double() - 0.5
    assert float(GridLoss(4)(truth + 0.02 * board, truth)) == pytest.approx(0.01)
    assert float(GridLoss(4)(truth + 0.3, truth)) == pytest.approx(0, abs=1e-12)
    assert float(GridLoss(4)(truth + 0.02 * board.roll(1, 0), truth)) == pytest.approx(0.01)
    noise = 0.1 * torch.randn(truth.shape, dtype=torch.float64)
    assert float(GridLoss(4)(truth + noise, truth)) < 0.02
    with pytest.raises(ValueError, match="2 or more"):
        GridLoss(1)


def test_content_is_the_distance_of_features() -> None:
    restored, truth = pictures()
    difference = features(restored) - features(truth)
    assert float(ContentLoss(features)(restored, truth)) == pytest.approx(
        float((difference**2).mean())
    )
    absolute = ContentLoss(features, distance="l1", scale=2.0)
    assert float(absolute(restored, truth)) == pytest.approx(2 * float(difference.abs().mean()))


def test_texture_is_the_distance_of_the_patches_gram_matrices() -> None:
    restored, truth = pictures(16)
    grams = []
    for maps in (features(restored).numpy(), features(truth).numpy()):
        found = []
        for batch in maps:
            for y in range(0, batch.shape[1] - 3, 4):
                for x in range(0, batch.shape[2] - 3, 4):
                    patch = batch[:, y : y + 4, x : x + 4].reshape(5, 16)
                    found.append(patch @ patch.T / (16 * 5))
        grams.append(np.array(found))
    expected = ((grams[0] - grams[1]) ** 2).mean()
    assert float(TextureLoss(features)(restored, truth)) == pytest.approx(expected)


def test_texture_does_not_ask_where_in_the_patch_it_lies() -> None:
    _, truth = pictures(8, channels=3)
    shuffled = truth[..., torch.randperm(4).repeat(2) + torch.tensor([0] * 4 + [4] * 4)]
    same = TextureLoss(lambda image: image[..., :8], patch_cells=4)
    assert float(same(shuffled, truth[..., :8])) == pytest.approx(0, abs=1e-12)
    assert math.isclose(float(same(truth[..., :8], truth[..., :8])), 0)
