from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sr_studio.models._upsampling import (
    UPSAMPLING_KINDS,
    Deconvolution,
    ResizeConvolution,
    SubPixelConvolution,
    UpsamplingKind,
    upsampler,
)

EACH_KIND = pytest.mark.parametrize("kind", UPSAMPLING_KINDS)
EACH_FACTOR = pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])


@pytest.fixture(autouse=True)
def same_start() -> None:
    torch.manual_seed(0)


def enlarge_by_copies(picture: Tensor, factor: int) -> Tensor:
    return picture.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


@EACH_KIND
@EACH_FACTOR
@pytest.mark.parametrize(("height", "width"), [(5, 7), (1, 4), (1, 1)])
def test_every_size_grows_by_the_factor(
    kind: UpsamplingKind, factor: int, height: int, width: int
) -> None:
    result = upsampler(kind, 6, 2, factor)(torch.rand(2, 6, height, width))
    assert result.shape == (2, 2, height * factor, width * factor)


@EACH_KIND
def test_a_factor_below_two_is_refused(kind: UpsamplingKind) -> None:
    with pytest.raises(ValueError, match="factor of 2 or more"):
        upsampler(kind, 4, 4, 1)


@pytest.mark.parametrize(
    ("factor", "kernel_px"),
    [(f, k) for f in (2, 3, 4, 5, 8) for k in (1, 3, 4, 9, 10, 17)],
)
@pytest.mark.parametrize("has_bias", [True, False])
def test_the_deconvolution_is_that_of_torch(factor: int, kernel_px: int, has_bias: bool) -> None:
    if kernel_px < factor:
        with pytest.raises(ValueError, match="exactly"):
            Deconvolution(3, 2, kernel_px, factor)
        return
    layer = Deconvolution(3, 2, kernel_px, factor)
    if not has_bias:
        layer.bias = None
    features = torch.rand(2, 3, 6, 5)
    expected = nn.ConvTranspose2d.forward(layer, features)
    assert expected.shape == (2, 2, 6 * factor, 5 * factor)
    assert (layer(features) - expected).abs().max() < 1e-6


@EACH_FACTOR
@pytest.mark.parametrize("extra_px", [0, 1])
def test_the_deconvolution_takes_any_padding_that_gives_the_size(
    factor: int, extra_px: int
) -> None:
    kernel_px = 2 * factor + 1
    padding_px = (factor + 2) // 2 + extra_px
    if 2 * padding_px - factor - 1 >= factor:
        with pytest.raises(ValueError, match=f"exactly {factor}"):
            Deconvolution(3, 2, kernel_px, factor, padding_px)
        return
    layer = Deconvolution(3, 2, kernel_px, factor, padding_px)
    features = torch.rand(1, 3, 4, 6)
    assert (layer(features) - nn.ConvTranspose2d.forward(layer, features)).abs().max() < 1e-6


def test_a_deconvolution_that_cannot_give_the_size_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly 2"):
        Deconvolution(3, 2, 9, 2, 2)


@EACH_FACTOR
def test_a_sub_pixel_convolution_is_a_deconvolution(factor: int) -> None:
    """Shi et al., arXiv 1609.07009: with kernels of 3 x 3 and 3 factor x 3 factor."""
    layer = SubPixelConvolution(3, 2, factor)
    kernel = layer.conv.weight.view(2, factor, factor, 3, 3, 3).flip(4, 5)
    kernel = kernel.permute(3, 0, 4, 1, 5, 2).reshape(3, 2, 3 * factor, 3 * factor)
    features = torch.rand(1, 3, 5, 4)
    deconvolved = F.conv_transpose2d(features, kernel, stride=factor, padding=factor)
    bias = F.pixel_shuffle(layer.conv.bias.detach().view(1, -1, 1, 1), factor)
    assert (layer(features) - deconvolved - bias.repeat(1, 1, 5, 4)).abs().max() < 1e-5


@EACH_FACTOR
def test_icnr_starts_as_a_convolution_enlarged_to_the_nearest_pixel(factor: int) -> None:
    layer = SubPixelConvolution(4, 3, factor, is_icnr=True)
    plain = nn.Conv2d(4, 3, 3, padding=1)
    assert layer.conv.bias is not None
    plain.load_state_dict(
        {"weight": layer.conv.weight[:: factor**2], "bias": layer.conv.bias[:: factor**2]}
    )
    features = torch.randn(2, 4, 6, 5)
    assert (layer(features) - enlarge_by_copies(plain(features), factor)).abs().max() < 1e-6


@EACH_FACTOR
def test_icnr_draws_weights_as_wide_as_the_plain_layer_does(factor: int) -> None:
    spread = SubPixelConvolution(16, 16, factor, is_icnr=True).conv.weight.std().item()
    expected = SubPixelConvolution(16, 16, factor).conv.weight.std().item()
    assert spread == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("factor", range(2, 17))
def test_nearest_copies_each_pixel_factor_times(factor: int) -> None:
    layer = ResizeConvolution(2, 3, factor, "nearest")
    features = torch.rand(1, 2, 9, 11)
    assert torch.equal(layer(features), layer.conv(enlarge_by_copies(features, factor)))


@EACH_FACTOR
def test_bilinear_keeps_a_ramp_straight(factor: int) -> None:
    layer = ResizeConvolution(1, 1, factor, "bilinear")
    nn.init.dirac_(layer.conv.weight)
    assert layer.conv.bias is not None
    nn.init.zeros_(layer.conv.bias)
    ramp = torch.arange(8.0).expand(1, 1, 4, 8)
    inner = layer(ramp)[0, 0, 2, factor:-factor]
    places = (torch.arange(8 * factor) + 0.5) / factor - 0.5
    assert (inner - places[factor:-factor]).abs().max() < 1e-5


@EACH_FACTOR
@pytest.mark.parametrize(
    ("kind", "is_flat"),
    [
        ("deconvolution", False),
        ("sub-pixel", False),
        ("sub-pixel-icnr", True),
        ("nearest", True),
        ("bilinear", True),
    ],
)
def test_a_constant_stays_constant_unless_the_phases_differ(
    kind: UpsamplingKind, is_flat: bool, factor: int
) -> None:
    result = upsampler(kind, 4, 1, factor)(torch.ones(1, 4, 8, 8))
    inner = result[..., 2 * factor : -2 * factor, 2 * factor : -2 * factor]
    spread = float(inner.detach().max() - inner.detach().min())
    assert (spread < 1e-5) == is_flat
    phases = F.pixel_unshuffle(inner, factor)  # the pattern repeats with the factor
    assert (phases - phases[..., :1, :1]).abs().max() < 1e-5


@EACH_KIND
@EACH_FACTOR
def test_a_pixel_sees_its_neighbours_and_no_more(kind: UpsamplingKind, factor: int) -> None:
    layer = upsampler(kind, 1, 1, factor)
    for parameter in layer.parameters():
        nn.init.ones_(parameter)
    features = torch.rand(1, 1, 9, 9, requires_grad=True)
    layer(features)[..., 4 * factor : 5 * factor, 4 * factor : 5 * factor].sum().backward()
    assert features.grad is not None
    seen = features.grad[0, 0].nonzero() - 4
    assert seen.abs().max() == 1


@EACH_KIND
def test_kinds_are_interchangeable_and_learn(kind: UpsamplingKind) -> None:
    network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.PReLU(), upsampler(kind, 8, 1, 2))
    high_res = F.interpolate(torch.rand(4, 1, 6, 6), scale_factor=4, mode="bicubic")
    low_res = F.avg_pool2d(high_res, 2)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = F.mse_loss(network(low_res), high_res)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
    again = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.PReLU(), upsampler(kind, 8, 1, 2))
    again.load_state_dict(network.state_dict())
    assert torch.equal(again(low_res), network(low_res))
