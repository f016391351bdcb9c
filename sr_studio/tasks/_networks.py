"""Loads networks for tasks and keeps the last ones ready."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.models._conditions import NOTHING_TOLD, Conditions

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import torch

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prepared_network import PreparedNetwork
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec
    from sr_studio.models._weight_entry import WeightEntry
    from sr_studio.models._weights import WeightStore

_KEPT = 2  # a preview and a full run may differ
_WHITE_OF_8_BITS = 255
_LEARNING_SHARE = 0.95  # of enlarging a picture
_LEARNED_KEPT = 1  # each holds a whole enlarged picture


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """Which network with which weights, found but not loaded."""

    spec: ModelSpec
    scale: int
    entry: WeightEntry | None

    @property
    def learning_share(self) -> float:
        """How much of the work `Networks.prepare` does: 0 where it only loads."""
        return _LEARNING_SHARE if self.spec.learns_from == "picture" else 0.0


class Networks:
    """The networks in use; made once by whoever runs requests, and handed to them.

    Belongs to the compute thread once the first request runs.

    Args:
        store: of the weights; the user's own by default.
    """

    def __init__(self, store: WeightStore | None = None) -> None:
        self._store = store
        self._ready: OrderedDict[Hashable, PreparedNetwork] = OrderedDict()
        self._learned: OrderedDict[Hashable, PreparedNetwork] = OrderedDict()

    def find_model(self, model: str) -> ModelSpec:
        """Return the network of that id, of the program or imported, from pictures to pictures.

        Raises:
            InvalidRequest: there is none.
        """
        specs = self._weights().specs()
        known = {id_: spec for id_, spec in specs.items() if spec.task != "colorize"}
        if model not in known and model in specs:
            raise InvalidRequest(
                f"{model} colours pictures.",
                advice="Use: sr-studio colorize, or sr-studio evaluate-colors to measure it",
            )
        if model not in known:
            near = difflib.get_close_matches(model, known, n=3)
            raise InvalidRequest(
                f"There is no network {model!r}.",
                advice=f"Did you mean {', '.join(near)}?" if near else "See: sr-studio models",
            )
        return known[model]

    def choose(self, model: str, weights: str | None, factor: float) -> NetworkChoice:
        """Find the network that enlarges by `factor`: the smallest scale that reaches it.

        Args:
            model: its id.
            weights: their id; the best on this machine where None.
            factor: wanted; where no scale reaches it, the largest is chosen.

        Raises:
            InvalidRequest: there is no such network, or no such weights.
            WeightsError: no weights of it are on this machine.
        """
        spec = self.find_model(model)
        entries = self._entries_here(spec, weights)
        here = sorted({scale for entry in entries for scale in entry.scales} & set(spec.scales))
        return self._choice(spec, _smallest_that_reaches(here or spec.scales, factor), weights)

    def choose_scale(self, model: str, weights: str | None, scale: int) -> NetworkChoice:
        """Find the network that is made for this very scale; raises as `choose` does."""
        return self._choice(self.find_model(model), scale, weights)

    def prepare(
        self,
        choice: NetworkChoice,
        image: ImageBuffer,
        *,
        device: str,
        precision: Literal["auto"] | Precision,
        conditions: Conditions = NOTHING_TOLD,
        context: JobContext,
    ) -> PreparedNetwork:
        """Return the network ready to run, at once where it was among the last used.

        Args:
            choice: from `choose`.
            image: to enlarge with it. Networks that learn from the picture run for this one only;
                of it the others take the depth.
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            precision: of the arithmetic; what learns from the picture does so in fp32.
            conditions: what to tell the network of it.
            context: of the job; only learning takes long enough to be told of.

        Raises:
            InvalidRequest: a name is not known, or the network cannot be told that.
            SrStudioError: the device or the weights are not there, or do not work.
            JobCancelled: from the context.
        """
        from sr_studio.engines.device import choose_device

        place = choose_device(device)
        if choice.spec.learns_from == "picture":
            return self._learn(choice, image, place, conditions, context)
        is_8bit = image.white == _WHITE_OF_8_BITS
        return self._load(choice, place, precision, conditions, is_8bit=is_8bit)

    def _load(
        self,
        choice: NetworkChoice,
        place: torch.device,
        precision: Literal["auto"] | Precision,
        conditions: Conditions,
        *,
        is_8bit: bool,
    ) -> PreparedNetwork:
        from sr_studio.engines.device import choose_precision
        from sr_studio.engines.prepared_network import prepare_network

        arithmetic = choose_precision(place, precision, is_8bit=is_8bit)
        entry = choice.entry
        file = None if entry is None else (entry.id, entry.path, entry.bytes)
        key = (choice.spec.id, choice.scale, file, str(place), arithmetic, precision, conditions)
        if key not in self._ready:
            network = self._weights().load(
                choice.spec, choice.scale, None if entry is None else entry.id
            )
            while len(self._ready) >= _KEPT:
                self._ready.popitem(last=False)
            self._ready[key] = prepare_network(
                choice.spec,
                network,
                choice.scale,
                device=place,
                precision=arithmetic,
                is_fixed=precision != "auto",
                conditions=conditions,
            )
        self._ready.move_to_end(key)
        return self._ready[key]

    def _learn(
        self,
        choice: NetworkChoice,
        image: ImageBuffer,
        place: torch.device,
        conditions: Conditions,
        context: JobContext,
    ) -> PreparedNetwork:
        """Learn from the picture, unless it was the last that was learned from."""
        from sr_studio.engines.learn_from_picture import learn_from_picture

        key = (choice.spec.id, choice.scale, str(place), conditions, image.digest())
        if key in self._learned:
            return self._learned[key]
        while len(self._learned) >= _LEARNED_KEPT:  # before the next one needs the room
            self._learned.popitem(last=False)
        network = learn_from_picture(
            image, choice.spec, choice.scale, device=place, conditions=conditions, context=context
        )
        if not context.should_finish:  # what was cut short is not what the settings mean
            self._learned[key] = replace(network, learning_s=0.0)
        return network

    def _entries_here(self, spec: ModelSpec, weights: str | None) -> list[WeightEntry]:
        return [
            entry
            for entry in self._weights().entries(spec)
            if entry.path is not None and weights in (None, entry.id)
        ]

    def _choice(self, spec: ModelSpec, scale: int, weights: str | None) -> NetworkChoice:
        entries = self._entries_here(spec, weights)
        entry = next((entry for entry in entries if scale in entry.scales), None)
        if spec.learns_from == "picture" and weights is None and scale in spec.scales:
            return NetworkChoice(spec, scale, None)
        if entry is None or scale not in spec.scales:
            self._weights().load(spec, scale, weights)  # raises, and says how to get them
        return NetworkChoice(spec, scale, entry)

    def _weights(self) -> WeightStore:
        from sr_studio.models._weights import WeightStore

        if self._store is None:
            self._store = WeightStore()
        return self._store


def _smallest_that_reaches(scales: Sequence[int], factor: float) -> int:
    return min((scale for scale in scales if scale >= factor), default=max(scales))
