"""IRCNN: its 25 denoisers, its schedule, and that it fits the picture it was given."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from sr_studio.models._conditions import Conditions
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import fill_network
from sr_studio.models.ircnn import IRCNN, IRCNNDenoise, reach_px
from sr_studio.tensors.bicubic import reduce_bicubic


def test_noise_falls_exponentially_from_twelve_times_the_scale() -> None:
    sigmas = IRCNN(3, 3).sigmas
    assert len(sigmas) == 30
    assert sigmas[0] == pytest.approx(36)
    assert sigmas[-1] == pytest.approx(3)
    ratios = [later / earlier for earlier, later in pairwise(sigmas)]
    assert ratios == pytest.approx([ratios[0]] * 29)


@pytest.mark.parametrize(
    ("sigma", "index"), [(0, 0), (2, 0), (2.1, 1), (25, 12), (49, 24), (50, 24), (75, 24)]
)
def test_the_weakest_denoiser_that_suffices_is_chosen(sigma: float, index: int) -> None:
    network = IRCNNDenoise(3)
    network.condition(Conditions(noise_sigma=sigma))
    assert network.denoiser(network.sigma) is network.denoisers[index]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_schedule_ends_with_the_denoiser_of_the_demo(scale: int) -> None:
    network = IRCNN(scale, 1)
    index = [list(network.denoisers).index(network.denoiser(sigma)) for sigma in network.sigmas]
    assert index[0] == 6 * scale - 1
    assert index[-1] == -(-scale // 2) - 1
    assert index == sorted(index, reverse=True)


def test_the_layout_of_kair_is_read() -> None:
    spec = all_models()["ircnn"]
    network, again = spec.build(2), spec.build(2)
    nested = {
        f"{index}.{name}": tensor
        for index, denoiser in enumerate(network.get_submodule("denoisers").children())
        for name, tensor in denoiser.state_dict().items()
    }
    assert "24.model.12.weight" in nested
    fill_network(again, nested, label="kair", converts=spec.converts)
    low_res = torch.rand(1, 3, 3, 4)
    assert torch.equal(network(low_res), again(low_res))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_without_noise_to_remove_the_result_fits_the_small_picture(scale: int) -> None:
    network = IRCNN(scale, 3).double()
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    low_res = torch.rand(1, 3, 9, 11, dtype=torch.float64)
    high_res = network(low_res)
    assert (reduce_bicubic(high_res, scale) - low_res).abs().max() < 1e-4


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_iterations_see_as_far_as_is_stated(scale: int, iterations: int) -> None:
    """Rectifiers, whose zeros would hide paths, are left out; random paths do not cancel."""
    torch.manual_seed(0)
    network = IRCNN(scale, 1, iterations).double().requires_grad_(requires_grad=False)
    for denoiser in network.denoisers:
        layers = denoiser.get_submodule("model").children()
        denoiser.model = nn.Sequential(*(each for each in layers if isinstance(each, nn.Conv2d)))
    reach = reach_px(scale, iterations)
    centre = reach + 3
    row = torch.rand(1, 1, 1, 2 * centre + 1, dtype=torch.float64, requires_grad=True)
    network(row)[..., centre * scale : (centre + 1) * scale].sum().backward()
    assert row.grad is not None
    seen = row.grad[0, 0, 0].nonzero().flatten()
    assert int((seen - centre).abs().max()) == reach


def test_luma_is_denoised_as_gray_of_the_full_range() -> None:
    network = IRCNNDenoise(1).eval().requires_grad_(requires_grad=False)
    gray = torch.rand(1, 1, 5, 6)
    expected = network.denoiser(25.0)(gray) * 219 / 255 + 16 / 255
    luma = gray * 219 / 255 + 16 / 255
    torch.testing.assert_close(network(luma), expected, atol=1e-6, rtol=0)
