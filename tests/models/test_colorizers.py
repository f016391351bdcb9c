"""Laws that every network that colours obeys."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

from sr_studio.engines.colorization.learning import ColourLearning, ColourObjective
from sr_studio.models._bare_network import bare_networks
from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec
from sr_studio.tensors.colour_bins import published_bins

SPECS = [spec for spec in all_models().values() if spec.task == "colorize"]
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
HEIGHT, WIDTH = 32, 64


@lru_cache(maxsize=len(SPECS))  # two take a second to build
def built(model_id: str) -> Colorizer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = all_models()[model_id].build(1)
    assert isinstance(network, Colorizer)
    return network.eval().requires_grad_(requires_grad=False)


def guess(network: Colorizer, *, hint: float | None = None, batch: int = 1) -> ColourGuess:
    random = torch.Generator().manual_seed(1)
    lightness = 100 * torch.rand(batch, 1, HEIGHT, WIDTH, generator=random)
    hint_ab, known = torch.zeros(batch, 2, HEIGHT, WIDTH), torch.zeros(batch, 1, HEIGHT, WIDTH)
    if hint is not None:
        hint_ab[..., 14:18, 40:44], known[..., 14:18, 40:44] = hint, 1
    return network(lightness, hint_ab, known)


@EACH
def test_both_heads_cover_the_picture(spec: ModelSpec) -> None:
    found = guess(built(spec.id), batch=2)
    assert found.logits.shape[:2] == (2, len(built(spec.id).bins))
    for head in found:
        if head is not None:
            assert head.isfinite().all()
            assert head.shape[2] * WIDTH == head.shape[3] * HEIGHT
            assert HEIGHT % head.shape[2] == 0
    if found.ab is not None:
        assert found.ab.shape[:2] == (2, 2)


@EACH
def test_the_size_that_is_asked_for_is_enough(spec: ModelSpec) -> None:
    side = spec.size_multiple
    packed = torch.zeros(1, 4, side, 3 * side)
    found = built(spec.id)(packed[:, :1], packed[:, 1:3], packed[:, 3:])
    assert found.logits.shape[3] == 3 * found.logits.shape[2]


@EACH
def test_hints_are_looked_at_where_the_network_says_so(spec: ModelSpec) -> None:
    network = built(spec.id)
    without, with_one = guess(network), guess(network, hint=40.0)
    assert torch.equal(without.logits, with_one.logits) == (not network.takes_hints)


@EACH
def test_pictures_of_a_batch_do_not_meet(spec: ModelSpec) -> None:
    network = built(spec.id)
    together = guess(network, batch=2).logits[:1]
    assert (together - guess(network).logits).abs().max() < 1e-3


@EACH
def test_every_head_can_be_compared_with_the_truth(spec: ModelSpec) -> None:
    network = built(spec.id)
    heads = network.pictures(torch.zeros(1, 4, 32, 32))
    objective = ColourObjective(network.bins, ColourLearning())
    near, far = torch.zeros(1, 2, 32, 32), torch.full((1, 2, 32, 32), 60.0)
    assert objective(heads, near) < objective(heads, far)


@EACH
def test_parameters_are_as_many_as_published(spec: ModelSpec) -> None:
    if not spec.published_parameters:
        pytest.skip("no count is published")
    with bare_networks():
        count = spec.count_parameters(spec.build(1))
    assert count == pytest.approx(spec.published_parameters[1], rel=0.005)


def test_the_own_network_runs_its_decoder_alone_for_a_moved_hint() -> None:
    network = built("colorizer-lite")
    lightness = torch.rand(1, 1, 64, 64) * 100
    hint_ab, known = torch.full((1, 2, 64, 64), 5.0), torch.ones(1, 1, 64, 64)
    at_once = network(lightness, hint_ab, known)
    apart = network.decode(network.encode(lightness), hint_ab, known)
    assert torch.equal(at_once.ab, apart.ab)


def test_a_new_eccv16_knows_the_colours_of_its_bins() -> None:
    network = built("eccv16")
    each_bin = torch.eye(313).reshape(313, 313, 1, 1)
    assert torch.allclose(110 * network.model_out(each_bin)[..., 0, 0], published_bins())
