"""A prepared network is exact where it says so, and falls back where the device errs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sr_studio.engines.half_precision import apply_plan, half_plans
from sr_studio.engines.prepared_network import prepare_network
from sr_studio.errors import BadResult, InvalidRequest
from sr_studio.models._conditions import Conditions
from sr_studio.models._registry import all_models
from tests.helpers.networks import CPU, FaithfulNet, Mapped, make_spec, prepare


class PlainNet(nn.Module):
    """No residual: what the last layer rounds is the picture itself."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, padding=1)
        self.middle = nn.Conv2d(16, 16, 3, padding=1)
        self.last = nn.Conv2d(16, 12, 3, padding=1)
        with torch.no_grad():
            for layer in (self.first, self.middle, self.last):
                layer.weight *= 0.2
            self.last.bias.fill_(0.9)

    def forward(self, low_res: Tensor) -> Tensor:
        features = torch.relu(self.middle(torch.relu(self.first(low_res))))
        return nn.functional.pixel_shuffle(self.last(features), 2)


def error_db(network: nn.Module, precision: str) -> float:
    spec = make_spec(build=lambda _scale: network)
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(1, 3, 50, 40, generator=generator)
    exact = prepare(spec)
    half = prepare_network(spec, network, 2, device=CPU, precision="bf16")
    assert half.precision == precision
    with torch.inference_mode():
        error = torch.mean((half(picture) - exact(picture)) ** 2).item()
    return float(-10 * torch.log10(torch.tensor(error)))


def test_half_precision_loses_nothing_that_shows() -> None:
    torch.manual_seed(0)
    assert error_db(PlainNet(), "bf16") > 62  # all in bf16 has 55 dB here


def test_the_layer_that_makes_the_picture_stays_in_fp32() -> None:
    torch.manual_seed(0)
    spec = make_spec(build=lambda _scale: PlainNet())
    ready = prepare_network(spec, PlainNet(), 2, device=CPU, precision="bf16")
    kinds = {name: type(layer).__name__ for name, layer in ready.module.named_children()}
    assert kinds == {"first": "_Split", "middle": "Conv2d", "last": "_FullPrecision"}


def test_residual_networks_need_no_layer_in_fp32() -> None:
    ready = prepare_network(make_spec(), make_spec().build(2), 2, device=CPU, precision="bf16")
    kinds = {name: type(layer).__name__ for name, layer in ready.module.named_children()}
    assert kinds == {"first": "_Split", "last": "Conv2d"}


@pytest.mark.parametrize("stride", [1, 2])
def test_a_split_convolution_is_nearly_exact(stride: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2, stride=stride), nn.Conv2d(8, 8, 1))
    plan = half_plans(network, ["0", "1"])[0]
    assert plan.split == {"0"}
    picture = torch.rand(1, 3, 20, 20)
    with torch.inference_mode():
        exact = network[0](picture)
        with torch.autocast("cpu", torch.bfloat16):
            plain = network[0](picture).float()
            split = apply_plan(network, plan)[0](picture).float()  # type: ignore[index]  # a Sequential
    assert (split - exact).abs().mean() < 0.6 * (plain - exact).abs().mean()


class Fragile(FaithfulNet):
    """Wrong whenever autocast is on."""

    def forward(self, low_res: Tensor) -> Tensor:
        output = super().forward(low_res)
        return output + 0.1 if torch.is_autocast_enabled("cpu") else output


def test_a_network_that_fails_in_half_precision_runs_in_fp32_and_says_so() -> None:
    spec = make_spec(build=lambda scale: Fragile(scale, 3))
    ready = prepare_network(spec, spec.build(2), 2, device=CPU, precision="bf16")
    assert ready.precision == "fp32"
    assert "bf16" in ready.notes[0]


def test_a_precision_that_the_user_chose_is_kept_or_refused() -> None:
    slightly_off = Mapped(2, lambda pixels: pixels + 0.003 * torch.is_autocast_enabled("cpu"))
    ready = prepare_network(
        make_spec(), slightly_off, 2, device=CPU, precision="bf16", is_fixed=True
    )
    assert ready.precision == "bf16"
    assert "dB" in ready.notes[0]
    spec = make_spec(build=lambda scale: Fragile(scale, 3))
    with pytest.raises(BadResult):
        prepare_network(spec, spec.build(2), 2, device=CPU, precision="bf16", is_fixed=True)


def test_a_network_without_numbers_is_refused_at_once() -> None:
    broken = Mapped(2, lambda pixels: pixels * torch.nan)
    with pytest.raises(BadResult, match="test picture"):
        prepare(make_spec(), network=broken)


def test_the_network_given_stays_as_it_was() -> None:
    torch.manual_seed(0)
    network = PlainNet()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    prepare_network(make_spec(), network, 2, device=CPU, precision="bf16")
    assert [type(layer) for layer in network.children()] == [nn.Conv2d] * 3
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
        assert tensor.requires_grad == before[name].requires_grad


class Recursive(FaithfulNet):
    """Runs its first layer twice and the others once."""

    def __init__(self, scale: int) -> None:
        super().__init__(scale, 3)
        self.middle = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, low_res: Tensor) -> Tensor:
        return super().forward(self.middle(self.first(low_res)))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_steps_are_the_calls_of_layers_not_the_layers(precision: str) -> None:
    torch.manual_seed(0)
    network = Recursive(2)
    spec = make_spec(build=lambda _scale: network)
    ready = prepare_network(spec, network, 2, device=CPU, precision=precision, is_fixed=True)
    assert ready.precision == precision
    told = []
    with torch.inference_mode(), ready.on_step(lambda: told.append("a step")):
        ready(torch.rand(1, 3, 9, 7))
    assert ready.steps == len(told) > 0
    if precision == "fp32":  # in half precision a split layer tells nothing
        assert ready.steps == 4


def test_memory_is_measured_per_pixel() -> None:
    ready = prepare(make_spec(), 4)
    # 48 planes of the residual, its shuffled twin, the scaled product and the picture, in fp32
    assert 4 * 48 * 2 < ready.bytes_per_px / 1.5 < 4 * 48 * 6


def test_told_networks_are_prepared_as_told() -> None:
    spec = all_models()["srmd"]
    told = Conditions(blur_sigma=1.2, noise_sigma=10.0)
    module = spec.build(2)
    ready = prepare_network(spec, module, 2, device=CPU, precision="fp32", conditions=told)
    tile = torch.rand(1, 3, 8, 8)
    untold = prepare_network(spec, module, 2, device=CPU, precision="fp32")
    assert ready.removes_noise
    assert not untold.removes_noise
    assert not torch.equal(ready(tile), untold(tile))
    with pytest.raises(InvalidRequest, match="cannot be told the blur"):
        prepare_network(
            make_spec(), make_spec().build(2), 2, device=CPU, precision="fp32", conditions=told
        )
