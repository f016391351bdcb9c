"""The pyramids of LapSRN and MS-LapSRN give a picture per level."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sr_studio.models.lapsrn import LapSRN
from sr_studio.models.ms_lapsrn import MSLapSRN
from sr_studio.tensors.bicubic import resize_bicubic

EACH = pytest.mark.parametrize("build", [LapSRN, MSLapSRN])


@EACH
@pytest.mark.parametrize(
    ("scale", "factors"), [(2, (2,)), (3, (2, 4)), (4, (2, 4)), (8, (2, 4, 8))]
)
def test_each_level_doubles_the_picture(
    build: type[LapSRN | MSLapSRN], scale: int, factors: tuple[int, ...]
) -> None:
    low_res = torch.rand(2, 1, 3, 5)
    with torch.inference_mode():
        pictures = build(scale).pyramid(low_res)
    assert [tuple(picture.shape) for picture in pictures] == [
        (2, 1, 3 * factor, 5 * factor) for factor in factors
    ]


@EACH
def test_the_last_level_is_the_result(build: type[LapSRN | MSLapSRN]) -> None:
    network = build(4)
    low_res = torch.rand(1, 1, 3, 5)
    with torch.inference_mode():
        assert torch.equal(network(low_res), network.pyramid(low_res)[-1])


@EACH
def test_x3_is_x4_reduced(build: type[LapSRN | MSLapSRN]) -> None:
    network = build(3)
    low_res = torch.rand(1, 1, 3, 5)
    with torch.inference_mode():
        assert torch.equal(network(low_res), resize_bicubic(network.pyramid(low_res)[1], 3, 4))


@EACH
def test_a_loss_on_the_first_level_alone_trains_the_shared_input(
    build: type[LapSRN | MSLapSRN],
) -> None:
    network = build(4)
    network.pyramid(torch.rand(1, 1, 3, 5))[0].sum().backward()
    entry = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
    assert entry.weight.grad is not None
    assert entry.weight.grad.abs().max() > 0


@EACH
def test_without_residuals_the_picture_is_enlarged_bilinearly(
    build: type[LapSRN | MSLapSRN],
) -> None:
    network = build(2)
    for name, parameter in network.named_parameters():
        if "R1" in name or "residual_conv" in name:
            nn.init.zeros_(parameter)
    ramp = torch.arange(8.0).view(1, 1, 1, 8).expand(1, 1, 8, 8)
    with torch.inference_mode():
        enlarged = network(ramp)
    expected = nn.functional.interpolate(ramp, scale_factor=2, mode="bilinear")
    inner = (..., slice(2, -2), slice(2, -2))  # beyond the edge a deconvolution sees black
    torch.testing.assert_close(enlarged[inner], expected[inner])
