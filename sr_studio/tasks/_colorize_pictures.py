"""Colours for pictures in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from sr_studio.allocator import return_freed_memory
from sr_studio.errors import InvalidRequest
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks._spec import Decimals, Flag, Help, Range, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.engines.colorization.colourist import Colourist
    from sr_studio.engines.colorization.comparison import ColourComparison
    from sr_studio.engines.colorization.distribution import ColourDistribution
    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.imaging.colour_map import ColourMap
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

ColorizeMethod: TypeAlias = Literal["network", "levin", "welsh", "histogram"]

_SEED = 0  # of Welsh's samples: the same picture gets the same colours


@dataclass(frozen=True, slots=True)
class ColorizeSettings:
    """How a picture is coloured."""

    method: Annotated[
        ColorizeMethod,
        Help(
            "network: colours that it has learned; levin: hints alone, spread along edges; "
            "welsh, histogram: the colours of a reference photo"
        ),
    ] = "network"
    network: Annotated[str | None, Flag(metavar="ID"), Help("colorizer; see: sr-studio models")] = (
        None
    )
    weights: Annotated[str | None, Flag(metavar="ID"), Help("other weights than the best")] = None
    colours: Annotated[
        Literal["natural", "vivid"],
        Flag(names=("--colors", "--colours")),
        Help("natural: the likely mean, pale where unsure; vivid: the network's distribution"),
    ] = "natural"
    temperature: Annotated[
        float,
        Range(0, 1),
        Decimals(2),
        Help("of vivid: 0 takes the likeliest colour, 1 the mean; 0.38 is the paper's"),
    ] = 0.38
    saturation: Annotated[
        float, Range(0, 3), Decimals(2), Help("1 leaves the colours as they were found")
    ] = 1.0
    working_px: Annotated[
        int,
        Range(64, 1024),
        Unit("px"),
        Flag(names=("--working-size",), metavar="PX"),
        Help("short side at which colours are looked for; the result has the full size"),
    ] = 256
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class FoundColours:
    """The colours of a picture, found at the working size.

    Attributes:
        colours: to be put on its lightness.
        distribution: what the network thinks likely; None without one.
        figures: against the picture's own colours; None for gray pictures.
        method: that found them.
        network: its id; "" without one.
        seconds: it took.
    """

    colours: ColourMap
    distribution: ColourDistribution | None
    figures: ColourComparison | None
    method: ColorizeMethod
    network: str
    seconds: float

    @property
    def name(self) -> str:
        """What found them, for names and metadata."""
        return self.network or self.method


@dataclass(frozen=True, slots=True, eq=False)
class FindColoursRequest:
    """Find the colours of a picture, without making the picture.

    Attributes:
        image: the picture.
        hints: known colours.
        settings: how.
        reference: whose colours are taken, for the methods that do.
        colorizers: keeps networks and pictures from one request to the next.
    """

    image: ImageBuffer
    hints: tuple[Hint, ...]
    settings: ColorizeSettings
    reference: ImageBuffer | None = None
    colorizers: Colorizers = field(default_factory=Colorizers)

    def run(self, context: JobContext) -> FoundColours:
        """Find them.

        Raises:
            InvalidRequest: a reference is missing, or there is no such network.
            WeightsError: its weights are not on this machine.
        """
        started_s = time.monotonic()
        settings = self.settings
        network = ""
        if settings.method == "network":
            spec = self.colorizers.find(settings.network)
            network = spec.id
            loaded = self.colorizers.load(spec, settings.weights, settings.device)
            context.checkpoint()
            colourist = self.colorizers.look_at(self.image, settings.working_px, spec.size_multiple)
            from sr_studio.engines.colorization.colourist import NetworkColours

            is_vivid = settings.colours == "vivid"
            wanted = NetworkColours(is_vivid, settings.temperature)
            found = colourist.ask_network(loaded, self.hints, wanted)
        else:
            colourist = self.colorizers.look_at(self.image, settings.working_px, 1)
            if settings.method == "levin":
                found = colourist.spread(self.hints)
            else:
                found = colourist.take(self._transfer(colourist), self.hints)
        context.checkpoint()
        return FoundColours(
            found.colours.saturated(settings.saturation),
            found.distribution,
            found.figures,
            settings.method,
            network,
            time.monotonic() - started_s,
        )

    def _transfer(self, colourist: Colourist) -> NDArray[np.float32]:
        import numpy as np

        from sr_studio.engines.colorization.transfer import (
            transfer_by_histogram,
            transfer_by_matching,
        )

        if self.reference is None:
            raise InvalidRequest(
                f"The method {self.settings.method} takes the colours of another photo.",
                advice="Give one as the reference.",
            )
        reference = self.colorizers.reduce_reference(self.reference, self.settings.working_px)
        if self.settings.method == "histogram":
            return transfer_by_histogram(colourist.lightness, reference)
        random = np.random.default_rng(_SEED)
        return transfer_by_matching(colourist.lightness, reference, random)


@dataclass(frozen=True, slots=True, eq=False)
class PutColoursRequest:
    """Put colours on the full picture.

    Attributes:
        image: the picture.
        colours: that were found for it.
    """

    image: ImageBuffer
    colours: ColourMap

    def run(self, context: JobContext) -> ImageBuffer:
        from sr_studio.imaging.colour_map import colour_picture

        def step(share: float) -> None:
            context.checkpoint()
            context.report(share, 1.0)

        coloured = colour_picture(self.image, self.colours, step)
        return_freed_memory()
        return coloured
