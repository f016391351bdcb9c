"""ECCV16 and SIGGRAPH17 are the networks of the published files, layer by layer."""

from __future__ import annotations

from math import prod
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from sr_studio.models._bare_network import bare_networks
from sr_studio.models._colorizer import ColourGuess
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore

# name -> shape of the weight, as the authors' modules at github.com/richzhang/colorization have it;
# each has a bias but ECCV16's model_out. All but the first filter are alike in both.
SHARED = {
    "model1.2": (64, 64, 3, 3),
    "model2.0": (128, 64, 3, 3), "model2.2": (128, 128, 3, 3),
    "model3.0": (256, 128, 3, 3), "model3.2": (256, 256, 3, 3), "model3.4": (256, 256, 3, 3),
    "model4.0": (512, 256, 3, 3), "model4.2": (512, 512, 3, 3), "model4.4": (512, 512, 3, 3),
    "model5.0": (512, 512, 3, 3), "model5.2": (512, 512, 3, 3), "model5.4": (512, 512, 3, 3),
    "model6.0": (512, 512, 3, 3), "model6.2": (512, 512, 3, 3), "model6.4": (512, 512, 3, 3),
    "model7.0": (512, 512, 3, 3), "model7.2": (512, 512, 3, 3), "model7.4": (512, 512, 3, 3),
}  # fmt: skip
FILTERS = {
    "eccv16": SHARED | {
        "model1.0": (64, 1, 3, 3),
        "model8.0": (512, 256, 4, 4), "model8.2": (256, 256, 3, 3), "model8.4": (256, 256, 3, 3),
        "model8.6": (313, 256, 1, 1),
        "model_out": (2, 313, 1, 1),
    },
    "siggraph17": SHARED | {
        "model1.0": (64, 4, 3, 3),
        "model8up.0": (512, 256, 4, 4), "model3short8.0": (256, 256, 3, 3),
        "model8.1": (256, 256, 3, 3), "model8.3": (256, 256, 3, 3),
        "model9up.0": (256, 128, 4, 4), "model2short9.0": (128, 128, 3, 3),
        "model9.1": (128, 128, 3, 3),
        "model10up.0": (128, 128, 4, 4), "model1short10.0": (128, 64, 3, 3),
        "model10.1": (128, 128, 3, 3),
        "model_class.0": (529, 256, 1, 1), "model_out.0": (2, 128, 1, 1),
    },
}  # fmt: skip
SHARED_NORMS = {"model1.4": 64, "model2.4": 128, "model3.6": 256, "model4.6": 512,
                "model5.6": 512, "model6.6": 512, "model7.6": 512}  # fmt: skip
NORMS = {"eccv16": SHARED_NORMS, "siggraph17": SHARED_NORMS | {"model8.5": 256, "model9.3": 128}}
EACH = pytest.mark.parametrize("model_id", FILTERS)


def shapes(model_id: str) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for name, shape in FILTERS[model_id].items():
        found[f"{name}.weight"] = shape
        if (model_id, name) != ("eccv16", "model_out"):
            found[f"{name}.bias"] = (shape[1] if is_transposed(shape) else shape[0],)
    for name, width in NORMS[model_id].items():
        for each in ("weight", "bias", "running_mean", "running_var"):
            found[f"{name}.{each}"] = (width,)
        found[f"{name}.num_batches_tracked"] = ()
    return found


def is_transposed(shape: tuple[int, ...]) -> bool:
    return shape[-1] == 4


def published_like(model_id: str) -> dict[str, Tensor]:
    """Weights that keep the variance of signals, so that every layer shows in the result."""
    random = torch.Generator().manual_seed(5)
    found = {}
    for name, shape in shapes(model_id).items():
        if not shape:
            found[name] = torch.tensor(7)
        elif len(shape) == 4:
            terms = 4 * shape[0] if is_transposed(shape) else prod(shape[1:])
            found[name] = torch.randn(shape, generator=random) * (2 / terms) ** 0.5
        elif "running_var" in name or name.removesuffix(".weight") in NORMS[model_id]:
            found[name] = 0.5 + torch.rand(shape, generator=random)
        else:
            found[name] = 0.1 * torch.randn(shape, generator=random)
    return found


class Recomputed:
    """The forward passes of the authors' modules, from the tensors alone."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.state = state

    def filter(self, features: Tensor, name: str, stride: int = 1, dilation: int = 1) -> Tensor:
        weight, bias = self.state[f"{name}.weight"], self.state.get(f"{name}.bias")
        if is_transposed(tuple(weight.shape)):
            return F.conv_transpose2d(features, weight, bias, stride=2, padding=1)
        reach = dilation * (weight.shape[-1] // 2)
        return F.conv2d(features, weight, bias, stride, reach, dilation)

    def norm(self, features: Tensor, name: str) -> Tensor:
        mean, var = self.state[f"{name}.running_mean"], self.state[f"{name}.running_var"]
        scale, shift = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        columns = [each[:, None, None] for each in (mean, var, scale, shift)]
        return (features - columns[0]) / (columns[1] + 1e-5).sqrt() * columns[2] + columns[3]

    def stage(
        self, features: Tensor, number: int, count: int, stride: int = 1, dilation: int = 1
    ) -> Tensor:
        for each in range(0, 2 * count, 2):
            last = stride if each == 2 * count - 2 else 1
            features = F.relu(self.filter(features, f"model{number}.{each}", last, dilation))
        return self.norm(features, f"model{number}.{2 * count}")

    def at_an_eighth(self, features: Tensor) -> Tensor:
        for number, dilation in ((4, 1), (5, 2), (6, 2), (7, 1)):
            features = self.stage(features, number, 3, dilation=dilation)
        return features

    def eccv16(self, lightness: Tensor, _hint_ab: Tensor, _known: Tensor) -> ColourGuess:
        features = (lightness - 50) / 100
        for number, count in ((1, 2), (2, 2), (3, 3)):
            features = self.stage(features, number, count, stride=2)
        features = self.at_an_eighth(features)
        for name in ("model8.0", "model8.2", "model8.4"):
            features = F.relu(self.filter(features, name))
        logits = self.filter(features, "model8.6")
        return ColourGuess(logits, self.filter(logits.softmax(1), "model_out") * 110)

    def siggraph17(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        told = torch.cat([(lightness - 50) / 100, hint_ab / 110, known], 1)
        first = self.stage(told, 1, 2)
        second = self.stage(first[..., ::2, ::2], 2, 2)
        third = self.stage(second[..., ::2, ::2], 3, 3)
        features = self.at_an_eighth(third[..., ::2, ::2])
        features = self.filter(features, "model8up.0") + self.filter(third, "model3short8.0")
        for name in ("model8.1", "model8.3"):
            features = self.filter(F.relu(features), name)
        features = self.norm(F.relu(features), "model8.5")
        logits = self.filter(features, "model_class.0")
        features = self.filter(features, "model9up.0") + self.filter(second, "model2short9.0")
        features = self.norm(F.relu(self.filter(F.relu(features), "model9.1")), "model9.3")
        features = self.filter(features, "model10up.0") + self.filter(first, "model1short10.0")
        features = F.leaky_relu(self.filter(F.relu(features), "model10.1"), 0.2)
        return ColourGuess(logits, self.filter(features, "model_out.0").tanh() * 110)


@EACH
def test_names_and_shapes_are_the_published_ones(model_id: str) -> None:
    with bare_networks():
        own = all_models()[model_id].build(1).state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in own.items()} == shapes(model_id)


@EACH
def test_the_published_file_is_as_large_as_its_tensors(model_id: str) -> None:
    """Beside the numbers it holds names, in less than 200 bytes for each tensor."""
    (source,) = all_models()[model_id].weights
    numbers = sum(prod(shape) for shape in shapes(model_id).values())
    assert 0 < source.bytes - 4 * numbers < 200 * len(shapes(model_id))


@EACH
def test_a_published_file_is_recognised_and_colours_as_its_authors_do(
    model_id: str, tmp_path: Path
) -> None:
    state = published_like(model_id)
    path = tmp_path / "any.pth"
    torch.save(state, path)
    store = WeightStore(tmp_path / "weights")
    entry = store.import_file(path)
    spec = all_models()[model_id]
    assert (entry.model_id, entry.scales) == (model_id, (1,))
    network = store.load(spec, 1)
    packed = told()
    own = network(packed[:, :1], packed[:, 1:3], packed[:, 3:])
    theirs = getattr(Recomputed(state), model_id)(packed[:, :1], packed[:, 1:3], packed[:, 3:])
    assert torch.allclose(own.logits, theirs.logits, atol=1e-3 * float(theirs.logits.std()))
    assert torch.allclose(own.ab, theirs.ab, atol=1e-3 * float(theirs.ab.std()))


def told() -> Tensor:
    """L, a, b and what is known, (1, 4, 32, 40)."""
    random = torch.Generator().manual_seed(3)
    packed = torch.zeros(1, 4, 32, 40)
    packed[:, :1] = 100 * torch.rand(1, 1, 32, 40, generator=random)
    packed[..., 8:14, 20:26] = torch.tensor([60.0, 40.0, -70.0, 1.0])[:, None, None]
    return packed
