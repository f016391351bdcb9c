"""The networks that are fitted to one picture."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sr_studio.errors import InvalidRequest
from sr_studio.models.priors._layers import JoiningConvolution
from sr_studio.models.priors._registry import all_priors, find_prior
from sr_studio.models.priors._spec import PriorSpec

_PRIORS = [pytest.param(spec, id=spec.id) for spec in all_priors().values()]
# of the authors' code, counted with the biases that stand before a normalisation there
_PUBLISHED = {"skip-128": 2_217_831, "skip-32": 152_199, "deep-decoder": 100_224}


def _input_of(spec: PriorSpec, height: int, width: int) -> torch.Tensor:
    reduction = spec.input_reduction
    return torch.rand(1, spec.input_channels, height // reduction, width // reduction)


@pytest.mark.parametrize("spec", _PRIORS)
@pytest.mark.parametrize("channels", [1, 3])
def test_smallest_picture_is_made_in_range(spec: PriorSpec, channels: int) -> None:
    torch.manual_seed(0)
    network = spec.build(spec.input_channels, channels)
    height, width = 2 * spec.size_multiple, 3 * spec.size_multiple
    restored = network(_input_of(spec, height, width))
    assert restored.shape == (1, channels, height, width)
    assert restored.dtype == torch.float32
    assert 0 <= restored.min() < restored.max() <= 1


@pytest.mark.parametrize("spec", _PRIORS)
def test_all_that_is_fitted_gets_a_gradient(spec: PriorSpec) -> None:
    torch.manual_seed(0)
    network = spec.build(spec.input_channels, 3)
    given = _input_of(spec, 2 * spec.size_multiple, 2 * spec.size_multiple).requires_grad_()
    network(given).square().mean().backward()
    assert given.grad is not None
    assert given.grad.any()
    fitted = [each for each in network.parameters() if each.requires_grad]
    assert fitted
    assert all(each.grad is not None for each in fitted)


@pytest.mark.parametrize(("prior_id", "count"), _PUBLISHED.items())
def test_parameters_are_as_published(prior_id: str, count: int) -> None:
    spec = find_prior(prior_id)
    network = spec.build(spec.input_channels, 3)
    own = sum(each.numel() for each in network.parameters())
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    left_out = sum(each.out_channels for each in convolutions if each.bias is None)
    assert count in (own, own + left_out)


def test_bias_before_a_normalisation_would_cancel() -> None:
    torch.manual_seed(0)
    network = find_prior("skip-32").build(32, 3)
    given = torch.rand(1, 32, 64, 64)
    expected = network(given)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d) and layer.bias is None:
            layer.bias = nn.Parameter(torch.randn(layer.out_channels))
    torch.testing.assert_close(network(given), expected, atol=1e-4, rtol=0)


def test_projector_keeps_its_convolutions() -> None:
    network = find_prior("projector-32").build(3, 3)
    for layer in network.modules():
        fitted = [each.requires_grad for each in layer.parameters(recurse=False)]
        assert not any(fitted) or isinstance(layer, nn.BatchNorm2d)


def test_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="no network 'skip'") as caught:
        find_prior("skip")
    assert "skip-128" in caught.value.advice


@pytest.mark.parametrize("kernel_px", [1, 3, 5])
def test_joining_is_convolving_what_was_put_together(kernel_px: int) -> None:
    torch.manual_seed(0)
    join = JoiningConvolution((4, 16), 8, kernel_px, "reflect")
    first, second = torch.rand(1, 4, 12, 9), torch.rand(1, 16, 12, 9)
    together = F.pad(torch.cat([first, second], dim=1), (kernel_px // 2,) * 4, mode="reflect")
    expected = F.conv2d(together, join.layer.weight)
    torch.testing.assert_close(join(first, second), expected)
