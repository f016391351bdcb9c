"""Keeps the networks of the last requests ready, so that the next preview starts at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from sr_studio.engines.prepared_network import PreparedNetwork
    from sr_studio.models._spec import ModelSpec
    from sr_studio.models._weights import WeightStore

PrecisionName: TypeAlias = Literal["auto", "fp32", "bf16", "fp16"]


class ReadyNetwork(NamedTuple):
    """A network on its device and the id of its weights."""

    network: PreparedNetwork
    weights: str


class NetworkCache:
    """Loads networks and keeps the most recent; used by one thread, the compute thread.

    Args:
        kept: how many stay; two, so that two networks can be compared.
    """

    def __init__(self, kept: int = 2) -> None:
        self._kept = kept
        self._ready: OrderedDict[tuple[object, ...], ReadyNetwork] = OrderedDict()

    def prepare(
        self,
        model: str,
        factor: float,
        *,
        weights: str | None = None,
        device: str = "auto",
        precision: PrecisionName = "auto",
        is_8bit: bool = True,
    ) -> ReadyNetwork:
        """Return the network at the smallest scale that reaches `factor`, else at its largest.

        Raises:
            InvalidRequest: no such network or weights.
            WeightsError: its weights are not on this machine, or damaged.
            BadResult: the network does not work on any device.
        """
        from sr_studio.engines.device import choose_device, choose_precision
        from sr_studio.engines.prepared_network import prepare_network
        from sr_studio.models._weights import WeightStore

        spec, store = find_model(model), WeightStore()
        scale = _choose_scale(spec, store, factor, weights)
        place = choose_device(device)
        arithmetic = choose_precision(place, precision, is_8bit=is_8bit)
        used = weights or _weights_here(spec, store, scale)
        key = (spec.id, used, scale, str(place), arithmetic, precision != "auto")
        if key not in self._ready:
            while len(self._ready) >= self._kept:
                self._ready.popitem(last=False)
            network = store.load(spec, scale, weights)
            self._ready[key] = ReadyNetwork(
                prepare_network(
                    spec,
                    network,
                    scale,
                    device=place,
                    precision=arithmetic,
                    is_fixed=precision != "auto",
                ),
                used,
            )
        self._ready.move_to_end(key)
        return self._ready[key]


def find_model(model: str) -> ModelSpec:
    """Return the network of this id.

    Raises:
        InvalidRequest: there is none; the advice names the nearest.
    """
    import difflib

    from sr_studio.models._registry import all_models

    known = all_models()
    if model not in known:
        near = difflib.get_close_matches(model, known, n=3)
        raise InvalidRequest(
            f"There is no network {model!r}.",
            advice=f"Did you mean {', '.join(near)}?" if near else "See: sr-studio models",
        )
    return known[model]


def _choose_scale(spec: ModelSpec, store: WeightStore, factor: float, weights: str | None) -> int:
    """Prefer a scale whose weights are here; without any, let the store say how to get them."""
    here = {
        scale
        for entry in store.entries(spec)
        if entry.path is not None and weights in (None, entry.id)
        for scale in entry.scales
    }
    scales = sorted(here) or sorted(spec.scales)
    return next((scale for scale in scales if scale >= factor), scales[-1])


def _weights_here(spec: ModelSpec, store: WeightStore, scale: int) -> str:
    fitting = (
        entry.id
        for entry in store.entries(spec)
        if scale in entry.scales and entry.path is not None
    )
    return next(fitting, "")
