"""Finds out which network a file of weights is for, by the names and shapes of its tensors."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch
from torch import nn

from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.models._bare_network import bare_networks
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import layouts, without_counters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from sr_studio.models._spec import Convert, ModelSpec

_PROBE_PX = 8


class UnknownNetwork(WeightsError):
    """The file fits no network of the program."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The network that a file is for.

    Attributes:
        spec: the network.
        scales: that the file serves.
        is_by_tensors: they say so; else the user did.
    """

    spec: ModelSpec
    scales: tuple[int, ...]
    is_by_tensors: bool = True


def recognise(
    tensors: Mapping[str, Tensor],
    *,
    is_ordered: bool,
    file_name: str,
    model_id: str | None = None,
    scale: int | None = None,
) -> Recognition:
    """Find the network and the scales whose tensors have these names and shapes.

    Where several networks fit, the one whose name is part of the file's name is taken; of several
    scales, the one that is. No network is built but on the meta device, once per process.

    Args:
        tensors: as read from the file.
        is_ordered: the names mean nothing; tensors come in the order of the network's own.
        file_name: decides where tensors do not.
        model_id: the network, where the user named it.
        scale: the scale, likewise.

    Raises:
        UnknownNetwork: no network fits.
        InvalidRequest: several networks or scales fit, and nothing says which; or `model_id` is
            not known.
    """
    named = None if model_id is None else find_model(model_id, file_name)
    if named is not None and scale is not None:
        return Recognition(named, (check_scale(named, scale),), is_by_tensors=False)
    meta = {name: torch.empty_like(tensor, device="meta") for name, tensor in tensors.items()}
    fitting = {
        spec.id: scales
        for spec in (all_models().values() if named is None else (named,))
        if (scales := _fitting_scales(spec, meta, scale, is_ordered=is_ordered))
    }
    if not fitting:
        raise _fits_nothing(file_name, named, scale)
    spec = all_models()[_choose_network(file_name, tuple(fitting))]
    scales = _choose_scales(spec, fitting[spec.id], file_name)
    return Recognition(spec, scales)


def converts_of(spec: ModelSpec) -> tuple[Convert, ...]:
    """Return all that bring tensors to the names of that network."""
    return (*spec.converts, *(each.convert for each in spec.weights if each.convert))


def find_model(model_id: str, file_name: str) -> ModelSpec:
    """Return the network that the user named for a file."""
    known = all_models()
    if model_id not in known:
        near = difflib.get_close_matches(model_id, known, n=3)
        raise InvalidRequest(
            f"There is no network {model_id!r} that {file_name} could be for.",
            advice=f"Did you mean {', '.join(near)}?" if near else "See: sr-studio models",
        )
    refuse_weights(known[model_id])
    return known[model_id]


def refuse_weights(spec: ModelSpec) -> None:
    """Say that a network takes no weights.

    Raises:
        InvalidRequest: it learns from the picture that it enlarges.
    """
    if spec.learns_from == "picture":
        raise InvalidRequest(
            f"{spec.title} has no weights: it learns from each picture anew.",
            advice=f"Use it as it is: sr-studio upscale --model {spec.id} IN -o OUT",
        )


def check_scale(spec: ModelSpec, scale: int) -> int:
    """Return `scale`, for which the network must be made."""
    if scale not in spec.scales:
        raise InvalidRequest(
            f"{spec.title} is not made for scale {scale}.",
            advice=f"Choose one of {', '.join(map(str, spec.scales))}.",
        )
    return scale


def join_scales(scales: Sequence[int]) -> str:
    """Return scales as they are read: "x2 x3 x4"."""
    return " ".join(f"x{scale}" for scale in scales)


@cache
def _shapes(model_id: str, scale: int) -> dict[str, torch.Size]:
    with bare_networks():
        state = all_models()[model_id].build(scale).state_dict()
    return {name: tensor.shape for name, tensor in without_counters(state).items()}


def _fitting_scales(
    spec: ModelSpec, tensors: Mapping[str, Tensor], scale: int | None, *, is_ordered: bool
) -> tuple[int, ...]:
    asked = spec.scales if scale is None else tuple({scale} & set(spec.scales))
    if spec.learns_from != "weights":
        return ()
    converts = converts_of(spec)
    found = []
    named = None if is_ordered else _all_shapes(tensors, (), converts, is_ordered=False)
    for each in asked:
        expected = _shapes(spec.id, each)
        candidates = named or _all_shapes(tensors, tuple(expected), converts, is_ordered=True)
        if expected in candidates:
            found.append(each)
    return tuple(found)


def _all_shapes(
    tensors: Mapping[str, Tensor],
    expected: Sequence[str],
    converts: Sequence[Convert],
    *,
    is_ordered: bool,
) -> list[dict[str, torch.Size]]:
    return [
        {name: tensor.shape for name, tensor in without_counters(each).items()}
        for each in layouts(tensors, expected, is_ordered=is_ordered, converts=converts)
    ]


def _choose_network(file_name: str, ids: Sequence[str]) -> str:
    """Return the one of `ids` whose id or title is the longest within the file's name."""
    if len(ids) == 1:
        return ids[0]
    name = _letters(file_name)
    lengths = {
        model_id: max(
            len(word)
            for word in ("", _letters(model_id), _letters(all_models()[model_id].title))
            if word in name
        )
        for model_id in ids
    }
    longest = max(lengths.values())
    best = [model_id for model_id, length in lengths.items() if length == longest]
    if longest and len(best) == 1:
        return best[0]
    raise InvalidRequest(
        f"{file_name} fits several networks: {', '.join(ids)}.",
        advice=f"Name the right one, such as: --model {ids[0]}",
    )


def _choose_scales(spec: ModelSpec, fitting: tuple[int, ...], file_name: str) -> tuple[int, ...]:
    if len(fitting) == 1:
        return fitting
    rest = file_name.lower().replace(spec.id, "")  # "lapsrn-4x4_x3.pth" is for x3
    pairs = re.findall(r"x(\d)(?![0-9a-z])|(?<![0-9])(\d)x(?![0-9a-z])", rest)
    told = {int(before or after) for before, after in pairs} & set(fitting)
    if len(told) == 1:
        return tuple(told)
    # one that works by steps reaches x3 on the way to x4
    if spec.upsampling != "direct" or _has_parts_for_each_scale(spec, fitting[0]):
        return fitting
    raise InvalidRequest(
        f"{file_name} is for {spec.title}, whose tensors look alike at {join_scales(fitting)}.",
        advice="Add the scale that it was trained for, such as: --scale 2",
    )


@cache
def _parts_that_run(model_id: str, scale: int) -> tuple[int, int]:
    """Return how many of the parts with parameters run at that scale, and how many there are."""
    spec = all_models()[model_id]
    with bare_networks():
        network = spec.build(scale).eval()
        side = -(-_PROBE_PX // spec.size_multiple) * spec.size_multiple
        picture = torch.empty(1, 1 if spec.channels == "y" else 3, side, side)
    parts = [
        part for part in network.modules() if next(part.parameters(recurse=False), None) is not None
    ]
    ran: set[nn.Module] = set()
    for part in parts:
        part.register_forward_pre_hook(lambda module, _inputs: ran.add(module))
    with torch.inference_mode():
        network(picture)
    return len(ran), len(parts)


def _has_parts_for_each_scale(spec: ModelSpec, scale: int) -> bool:
    """Whether one file serves all scales of a direct network: it has parts that one leaves unused.

    CARN has an upsampler for each of its scales; FSRCNN's files look the same but are not.
    """
    ran, parts = _parts_that_run(spec.id, scale)
    return ran < parts


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _fits_nothing(file_name: str, named: ModelSpec | None, scale: int | None) -> UnknownNetwork:
    at = "" if scale is None else f" x{scale}"
    if named is not None:
        return UnknownNetwork(
            f"{file_name} does not fit {named.title} at any of its scales.",
            advice=f"See what differs: add --scale {named.scales[0]}; or leave --model off.",
        )
    return UnknownNetwork(
        f"The tensors of {file_name} are those of no network{at} here.",
        advice="Name the network that it should fit with --model and --scale to see what differs.",
    )
