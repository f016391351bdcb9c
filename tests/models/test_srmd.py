"""SRMD told the right blur and noise restores what the plain setting cannot."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from sr_studio.degradations.degrade import crop_to_multiple, degrade
from sr_studio.degradations.recipe import Degradation
from sr_studio.engines.prepared_network import prepare_network
from sr_studio.engines.upscale import upscale
from sr_studio.imaging.decode_image import decode_image
from sr_studio.jobs.progress import silent_context
from sr_studio.metrics.picture import compare_pictures
from sr_studio.models._conditions import NOTHING_TOLD, Conditions
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.models.srmd import SRMD
from sr_studio.tensors.blur_kernels import gaussian_kernel

SCALE = 3
# of the impulse, in `srmd_pca_matlab.mat`: what the published ncnn files were measured with
_IMPULSE = (-1.1236096e-08, -1.3689916e-08, 1.8563796e-02, 2.8606689e-08, 3.3529297e-02)


def test_nothing_told_is_plain_bicubic() -> None:
    network = SRMD(2)
    assert network.maps.shape == (1, 16, 1, 1)
    torch.testing.assert_close(
        network.maps[0, :5, 0, 0], torch.tensor(_IMPULSE), atol=1e-8, rtol=1e-6
    )
    assert network.maps[0, 15] == 0


def test_noise_is_told_with_white_at_one() -> None:
    network = SRMD(2)
    network.condition(Conditions(noise_sigma=51.0))
    assert float(network.maps[0, 15]) == pytest.approx(0.2)


def test_a_round_blur_is_a_kernel_like_any() -> None:
    network, other = SRMD(2), SRMD(2)
    network.condition(Conditions(blur_sigma=1.7))
    other.condition_on_kernel(gaussian_kernel(15, 1.7))
    assert torch.equal(network.maps, other.maps)


def test_a_long_blur_lies_the_way_it_is_told() -> None:
    lying, standing = SRMD(2), SRMD(2)
    lying.condition_on_kernel(gaussian_kernel(15, 3.0, 1.0, 0.0))
    standing.condition_on_kernel(gaussian_kernel(15, 3.0, 1.0, math.pi / 2))
    assert (lying.maps - standing.maps).abs().max() > 0.05


def test_a_kernel_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not \\(15, 15\\)"):
        SRMD(2).condition_on_kernel(gaussian_kernel(13, 1.0))


def test_the_noise_free_network_takes_no_noise() -> None:
    with pytest.raises(ValueError, match="noise-free"):
        SRMD(2, has_noise_map=False).condition_on_kernel(gaussian_kernel(15, 1.0), 5.0)


def restored_db(
    model_id: str, path: Path, recipe: Degradation, conditions: Conditions = NOTHING_TOLD
) -> float:
    """PSNR on Y of what the network makes of the degraded picture."""
    spec, store = all_models()[model_id], WeightStore()
    entry = next(each for each in store.entries(spec) if SCALE in each.scales)
    if entry.path is None:
        pytest.skip(f"needs the weights of another package: {entry.advice}")
    network = prepare_network(
        spec,
        store.load(spec, SCALE),
        SCALE,
        device=torch.device("cpu"),
        precision="fp32",
        conditions=conditions,
    )
    truth = crop_to_multiple(decode_image(path), SCALE)
    result = upscale(degrade(truth, recipe), network, context=silent_context())
    assert result.check.verdict == "good"
    decibels = compare_pictures(result.image, truth, shave_px=SCALE, metrics=("psnr",)).psnr
    assert decibels is not None
    return decibels


@pytest.mark.parametrize(
    ("model_id", "recipe", "conditions", "gain_db"),
    [
        ("srmdnf", Degradation(SCALE, sigma_blur=1.3), Conditions(blur_sigma=1.3), 3.0),
        ("srmd", Degradation(SCALE, noise=15), Conditions(noise_sigma=15.0), 3.0),
        ("srmd", Degradation(SCALE, sigma_blur=1.3, noise=15), Conditions(1.3, 15.0), 3.0),
    ],
    ids=["blur", "noise", "both"],
)
def test_the_truth_helps(
    model_id: str,
    recipe: Degradation,
    conditions: Conditions,
    gain_db: float,
    shared_data: Path,
) -> None:
    path = shared_data / "benchmarks" / "Set5" / "HR" / "head.png"
    if model_id == "srmdnf":  # blur costs most where there are edges
        path = path.with_name("butterfly.png")
    plain = restored_db(model_id, path, recipe)
    assert restored_db(model_id, path, recipe, conditions) > plain + gain_db


@pytest.mark.slow
def test_set5_blurred_by_1_3_is_restored(shared_data: Path) -> None:
    """30.18 dB untold, 34.09 dB told the truth; too much blur told is worse than enough."""
    recipe = Degradation(SCALE, sigma_blur=1.3)
    paths = sorted((shared_data / "benchmarks" / "Set5" / "HR").iterdir())
    means = [
        float(np.mean([restored_db("srmdnf", path, recipe, told) for path in paths]))
        for told in (NOTHING_TOLD, Conditions(blur_sigma=1.3), Conditions(blur_sigma=1.6))
    ]
    assert means == pytest.approx([30.18, 34.09, 30.89], abs=0.03)
