"""What an encoder has learned: how far its frozen features tell kinds of things apart.

Richard Zhang, Phillip Isola, Alexei A. Efros: "Colorful Image Colorization", ECCV 2016,
https://arxiv.org/abs/1603.08511, section 3.2, asks so on ImageNet, of features reduced to about
9000 numbers. Here any set of pictures does, with the protocol of Caltech-101: the same number of
pictures of each kind to learn from, the rest to be measured on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from sr_studio.engines.colorization.logistic_regression import fit_classifier
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import to_float
from sr_studio.imaging.lab import rgb_to_lab
from sr_studio.imaging.resize import imresize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._colorizer import Colorizer
    from sr_studio.models.features._spec import FeatureNetwork

    Encoder: TypeAlias = Callable[[Tensor], Mapping[str, Tensor]]
    """From L (B, 1, S, S) in [0, 100] to layer -> features (B, K, h, w)."""

_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class ProbeSet:
    """Gray pictures, and what they show.

    Attributes:
        lightness: (N, 1, S, S), L in [0, 100].
        kinds: (N,), index of what each shows.
        names: of the kinds.
        is_for_learning: (N,), False where a picture is measured on.
    """

    lightness: Tensor
    kinds: NDArray[np.intp]
    names: tuple[str, ...]
    is_for_learning: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ProbedLayer:
    """What a linear classifier makes of one layer's features.

    Attributes:
        layer: its name.
        width: of the features, after they are averaged.
        accuracy: share of the pictures it has not seen that it gets right, 0 to 1.
        mean_of_kinds: mean over the kinds of that share, Caltech-101's figure.
        accuracy_in_learning: share of those that it has learned from.
        penalty: on its weights, chosen on a part of those.
    """

    layer: str
    width: int
    accuracy: float
    mean_of_kinds: float
    accuracy_in_learning: float
    penalty: float


def make_probe_set(
    pictures: Iterable[tuple[Pixels, str]],
    *,
    context: JobContext,
    side_px: int = 128,
    learn_from: int = 15,
    seed: int = 0,
) -> ProbeSet:
    """Take the colours from pictures and divide them.

    Args:
        pictures: (H, W, 1 or 3) uint8, gray or RGB, and what each shows.
        context: asked to stop before each picture.
        side_px: to which the square in the middle of each is brought.
        learn_from: how many of each kind are learned from; chosen by chance, 3 or more.
        seed: of that chance.

    Raises:
        InvalidRequest: fewer than two kinds have more pictures than are learned from; kinds of
            fewer are left out.
    """
    planes: list[NDArray[np.float32]] = []
    shown: list[str] = []
    for pixels, name in pictures:
        context.checkpoint()
        planes.append(_lightness(pixels, side_px))
        shown.append(name)
    counts = Counter(shown)
    names = tuple(sorted(name for name in counts if counts[name] > learn_from))
    if len(names) < 2:
        raise InvalidRequest(
            f"{len(names)} kinds have more than {learn_from} pictures; two are wanted.",
            advice="Choose a folder for each kind with more pictures, or learn from fewer.",
        )
    index = {name: number for number, name in enumerate(names)}
    kept = [number for number, name in enumerate(shown) if name in index]
    kinds = np.array([index[shown[number]] for number in kept], np.intp)
    random = np.random.default_rng(seed)
    is_for_learning = np.zeros(len(kept), bool)
    for kind in range(len(names)):
        members = np.flatnonzero(kinds == kind)
        is_for_learning[random.choice(members, learn_from, replace=False)] = True
    lightness = torch.from_numpy(np.stack([planes[number] for number in kept]))
    return ProbeSet(lightness, kinds, names, is_for_learning)


def probe_encoder(
    encode: Encoder, probe_set: ProbeSet, *, context: JobContext, cells: int = 1
) -> tuple[ProbedLayer, ...]:
    """Learn the kinds from the features of each layer, and measure on pictures not seen.

    Args:
        encode: the frozen encoder; called without gradients.
        probe_set: of `make_probe_set`; the same for encoders that are compared.
        context: asked to stop before each batch and each fit.
        cells: features are averaged over this many cells across and down; 1 is the whole picture.
    """
    features = _encode(encode, probe_set.lightness, cells, context.part(0.0, 0.7))
    fits = context.part(0.7, 0.3)
    probed = []
    for number, (layer, values) in enumerate(features.items(), start=1):
        probed.append(_probe(layer, values, probe_set, context))
        fits.report(number, len(features))
    return tuple(probed)


def feature_layers(network: FeatureNetwork, layers: Sequence[str]) -> Encoder:
    """Return a classifier's layers, or those of a colorizer's encoder, as an encoder to probe.

    They are shown L / 100 as R, G and B, as a colorizer's encoder is.
    """
    device = next(network.parameters()).device

    def encode(lightness: Tensor) -> Mapping[str, Tensor]:
        found: dict[str, Tensor] = network(
            (lightness.to(device) / 100).expand(-1, 3, -1, -1), layers
        )
        return found

    return encode


def colorizer_layers(network: Colorizer, modules: Sequence[str]) -> Encoder:
    """Return what modules of a colorizer put out, by their names in it, as an encoder to probe.

    It runs without hints.

    Raises:
        AttributeError: it has no such module.
    """
    device = next(network.parameters()).device
    chosen = {name: network.get_submodule(name) for name in modules}

    def encode(lightness: Tensor) -> Mapping[str, Tensor]:
        found: dict[str, Tensor] = {}
        shown = lightness.to(device)
        hooks = [
            module.register_forward_hook(_keep_output(found, name))
            for name, module in chosen.items()
        ]
        try:
            network(shown, torch.zeros_like(shown).expand(-1, 2, -1, -1), torch.zeros_like(shown))
        finally:
            for hook in hooks:
                hook.remove()
        return found

    return encode


def _keep_output(
    found: dict[str, Tensor], name: str
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found[name] = output

    return keep


def _lightness(pixels: Pixels, side_px: int) -> NDArray[np.float32]:
    """Return L (1, S, S) of the square in the middle."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = imresize(pixels[top : top + side, left : left + side], size=(side_px, side_px))
    rgb = np.broadcast_to(to_float(square), (side_px, side_px, 3))
    return np.ascontiguousarray(rgb_to_lab(rgb)[None, ..., 0])


def _encode(
    encode: Encoder, lightness: Tensor, cells: int, context: JobContext
) -> dict[str, NDArray[np.float32]]:
    """Return layer -> (N, K * cells²), on the CPU."""
    parts: dict[str, list[Tensor]] = {}
    for start in range(0, len(lightness), _BATCH):
        context.checkpoint()
        batch = lightness[start : start + _BATCH]
        with torch.inference_mode():
            for layer, values in encode(batch).items():
                means = F.adaptive_avg_pool2d(values, cells).flatten(1)
                parts.setdefault(layer, []).append(means.float().cpu())
        context.report(start + len(batch), len(lightness))
    return {layer: torch.cat(each).numpy() for layer, each in parts.items()}


def _probe(
    layer: str, features: NDArray[np.float32], probe_set: ProbeSet, context: JobContext
) -> ProbedLayer:
    learning, kinds = probe_set.is_for_learning, probe_set.kinds
    classifier = fit_classifier(features[learning], kinds[learning], len(probe_set.names), context)
    is_right = classifier.predict(features) == kinds
    of_kinds = [
        is_right[~learning & (kinds == kind)].mean() for kind in range(len(probe_set.names))
    ]
    return ProbedLayer(
        layer=layer,
        width=features.shape[1],
        accuracy=float(is_right[~learning].mean()),
        mean_of_kinds=float(np.mean(of_kinds)),
        accuracy_in_learning=float(is_right[learning].mean()),
        penalty=classifier.penalty,
    )
