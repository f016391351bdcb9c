"""Laws that every network that colours obeys."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

from sr_studio.models._colorizer import Colorizer, ColourGuess
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec

SPECS = [spec for spec in all_models().values() if spec.task == "colorize"]
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)


@lru_cache(maxsize=1)
def built(model_id: str) -> Colorizer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = all_models()[model_id].build(1)
    assert isinstance(network, Colorizer)
    return network.eval().requires_grad_(requires_grad=False)


def guess(network: Colorizer, *, hint: float | None = None, batch: int = 1) -> ColourGuess:
    random = torch.Generator().manual_seed(1)
    lightness = 100 * torch.rand(batch, 1, 64, 96, generator=random)
    hint_ab, known = torch.zeros(batch, 2, 64, 96), torch.zeros(batch, 1, 64, 96)
    if hint is not None:
        hint_ab[..., 30:34, 40:44], known[..., 30:34, 40:44] = hint, 1
    return network(lightness, hint_ab, known)


@EACH
def test_both_heads_cover_the_picture(spec: ModelSpec) -> None:
    found = guess(built(spec.id), batch=2)
    assert found.logits.shape[:2] == (2, len(built(spec.id).bins))
    assert found.logits.shape[2] * 96 == found.logits.shape[3] * 64
    if found.ab is not None:
        assert found.ab.shape[:2] == (2, 2)
        assert found.ab.isfinite().all()
    assert found.logits.isfinite().all()


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


def test_the_own_network_runs_its_decoder_alone_for_a_moved_hint() -> None:
    network = built("colorizer-lite")
    lightness = torch.rand(1, 1, 64, 64) * 100
    hint_ab, known = torch.full((1, 2, 64, 64), 5.0), torch.ones(1, 1, 64, 64)
    at_once = network(lightness, hint_ab, known)
    apart = network.decode(network.encode(lightness), hint_ab, known)
    assert torch.equal(at_once.ab, apart.ab)
