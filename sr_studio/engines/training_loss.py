"""The loss of a training: a weighted sum, as a recipe's table `[loss]` asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from typing_extensions import override

from sr_studio.errors import InvalidRequest
from sr_studio.losses._registry import all_losses
from sr_studio.models.features._registry import find_features, load_features

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from sr_studio.jobs.control import JobContext
    from sr_studio.losses._spec import LossSpec
    from sr_studio.models.features._spec import FeatureNetwork

_BACKBONE = "vgg19"


class TrainingLoss(nn.Module):
    """A weighted sum of losses.

    Attributes:
        least_px: smallest side of a crop that all of them take.
        last_terms: name -> weighted part of the last sum, without its graph.
    """

    def __init__(self, terms: Mapping[str, tuple[float, nn.Module]], least_px: int) -> None:
        super().__init__()
        self.least_px = least_px
        self.last_terms: dict[str, Tensor] = {}
        self._weights = {name: weight for name, (weight, _) in terms.items()}
        self._losses = nn.ModuleDict({name: loss for name, (_, loss) in terms.items()})

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the sum, a scalar; see LossSpec."""
        parts = {
            name: self._weights[name] * loss(restored, truth) for name, loss in self._losses.items()
        }
        self.last_terms = {name: part.detach() for name, part in parts.items()}
        return torch.stack(list(parts.values())).sum()


def build_training_loss(
    table: Mapping[str, Any], device: torch.device, context: JobContext
) -> TrainingLoss:
    """Read the table: loss -> weight, or a table of `weight` and the loss's options, or several.

    Losses on features also take `backbone` (a classifier, by default vgg19) and `layer` (by
    default the classifier's own); several tables compare several layers.

    Args:
        table: such as {"l1": 1.0, "content": {"weight": 0.1, "backbone": "efficientnet-lite0"}}.
        device: where the training computes.
        context: of the job, for the progress of a download.

    Raises:
        InvalidRequest: a loss, an option, a backbone or a layer that does not exist.
        WeightsError: a backbone's weights are not here and cannot be had.
    """
    known = all_losses()
    terms: dict[str, tuple[float, nn.Module]] = {}
    backbones: dict[str, FeatureNetwork] = {}
    least_px = 1
    for loss_id, value in table.items():
        if loss_id not in known:
            raise InvalidRequest(
                f"There is no loss {loss_id!r}.", advice=f"Choose of {', '.join(known)}."
            )
        spec = known[loss_id]
        least_px = max(least_px, spec.least_px)
        for options in _tables(loss_id, value):
            weight = float(options.pop("weight", 1.0))
            name = loss_id
            arguments: list[Callable[[Tensor], Tensor]] = []
            if spec.needs_features:
                backbone = str(options.pop("backbone", _BACKBONE))
                layer = str(options.pop("layer", find_features(backbone).default_layer))
                name = f"{loss_id} {layer}".replace(".", "_")  # a dot would part module names
                arguments = [_features(backbone, layer, backbones, context)]
            if name in terms:
                raise InvalidRequest(f"[loss] names {name} twice.", advice="Join the two.")
            terms[name] = weight, _build(spec, arguments, options)
    if not terms:
        raise InvalidRequest("[loss] is empty.", advice=f"Choose of {', '.join(known)}.")
    for network in backbones.values():
        network.to(device)
    return TrainingLoss(terms, least_px)


def _tables(loss_id: str, value: object) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    tables: list[dict[str, Any]] = []
    for each in values:
        if isinstance(each, dict):
            tables.append(dict(each))
        elif isinstance(each, int | float) and not isinstance(each, bool):
            tables.append({"weight": each})
        else:
            raise InvalidRequest(
                f"[loss] {loss_id} is {each!r}.", advice="Give a weight or a table of options."
            )
    return tables


def _build(
    spec: LossSpec, arguments: list[Callable[[Tensor], Tensor]], options: Mapping[str, Any]
) -> nn.Module:
    if unknown := set(options) - set(spec.options):
        choices = ["weight", *spec.options]
        if spec.needs_features:
            choices += ["backbone", "layer"]
        raise InvalidRequest(
            f"The loss {spec.id} has no option {min(unknown)!r}.",
            advice=f"Choose of {', '.join(choices)}.",
        )
    try:
        typed = {name: spec.options[name](value) for name, value in options.items()}
        return spec.build(*arguments, **typed)
    except (ValueError, TypeError) as error:
        raise InvalidRequest(
            f"The loss {spec.id} cannot be made: {error}.", advice="See docs/losses.md."
        ) from error


def _features(
    backbone: str, layer: str, loaded: dict[str, FeatureNetwork], context: JobContext
) -> Callable[[Tensor], Tensor]:
    layers = find_features(backbone).layers
    if layer not in layers:
        raise InvalidRequest(
            f"{backbone} has no layer {layer!r}.", advice=f"Choose of {', '.join(layers)}."
        )
    if backbone not in loaded:
        loaded[backbone] = load_features(backbone, context)
    network = loaded[backbone]
    return lambda image: network(image, [layer])[layer]
