"""Loads colorizers for tasks, and keeps them and what they saw of the last pictures."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.engines.colorization.colourist import Colourist
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.models._colorizer import Colorizer
    from sr_studio.models._spec import ModelSpec
    from sr_studio.models._weights import WeightStore

DEFAULT_NETWORK = "colorizer-lite"

_KEPT = 2


class Colorizers:
    """Made once by whoever runs requests, and handed to them.

    Belongs to the compute thread once the first request runs.

    Args:
        store: of the weights; the user's own by default.
    """

    def __init__(self, store: WeightStore | None = None) -> None:
        self._store = store
        self._loaded: OrderedDict[Hashable, Colorizer] = OrderedDict()
        self._pictures: OrderedDict[Hashable, tuple[ImageBuffer, Colourist]] = OrderedDict()
        self._reference: tuple[ImageBuffer, int, NDArray[np.float32]] | None = None

    def find(self, network: str | None) -> ModelSpec:
        """Return the colorizer of that id, by default the program's own.

        Raises:
            InvalidRequest: there is none.
        """
        known = self._weights().colorizers()
        wanted = network or DEFAULT_NETWORK
        if wanted not in known:
            raise InvalidRequest(
                f"There is no colorizer {wanted!r}.", advice=f"Choose of {', '.join(known)}."
            )
        return known[wanted]

    def load(self, spec: ModelSpec, weights: str | None, device: str) -> Colorizer:
        """Return it with its weights, at once where it was among the last used.

        Args:
            spec: the colorizer.
            weights: their id; the best on this machine where None.
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".

        Raises:
            InvalidRequest: the weights are not for it.
            WeightsError: they are not on this machine.
        """
        from sr_studio.engines.device import choose_device
        from sr_studio.models._colorizer import as_colorizer

        place = choose_device(device)
        entries = [
            entry.id
            for entry in self._weights().entries(spec)
            if entry.path is not None and weights in (None, entry.id)
        ]
        key = spec.id, *entries[:1], str(place)
        if key not in self._loaded:
            network = as_colorizer(self._weights().load(spec, 1, weights))
            while len(self._loaded) >= _KEPT:
                self._loaded.popitem(last=False)
            self._loaded[key] = network.to(place).eval()
        self._loaded.move_to_end(key)
        return self._loaded[key]

    def look_at(self, image: ImageBuffer, working_px: int, multiple: int) -> Colourist:
        """Return what finds the picture's colours, at once where it was among the last."""
        from sr_studio.engines.colorization.colourist import Colourist

        key = id(image), working_px, multiple
        if key not in self._pictures:
            while len(self._pictures) >= _KEPT:
                self._pictures.popitem(last=False)
            # the picture is kept as well, so that no other gets its id
            self._pictures[key] = image, Colourist(image, working_px, multiple)
        self._pictures.move_to_end(key)
        return self._pictures[key][1]

    def reduce_reference(self, image: ImageBuffer, working_px: int) -> NDArray[np.float32]:
        """Return a photo as (h, w, 3) Lab at the working size."""
        from sr_studio.engines.colorization.colourist import reduce_to_lab

        if self._reference is None or self._reference[:2] != (image, working_px):
            self._reference = image, working_px, reduce_to_lab(image, working_px)
        return self._reference[2]

    def _weights(self) -> WeightStore:
        from sr_studio.models._weights import WeightStore

        if self._store is None:
            self._store = WeightStore()
        return self._store
