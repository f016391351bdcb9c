"""What a colorizer has learned of the things in pictures, beside encoders that saw no colours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

from sr_studio.errors import SrStudioError
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks._output_files import markdown_table
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sr_studio.engines.colorization.linear_probe import Encoder, ProbedLayer, ProbeSet
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._colorizer import Colorizer
    from sr_studio.models._spec import ModelSpec

_LAYERS = ("block2", "block4", "block10", "block15")  # those that a decoder reads
_SEED = 0


@dataclass(frozen=True, slots=True)
class Probes:
    """What a linear classifier makes of the features of each encoder, of gray pictures.

    Attributes:
        kinds: of things.
        learned_from: pictures.
        measured_on: pictures.
        encoders: name -> its layers, coarser and coarser.
    """

    kinds: int
    learned_from: int
    measured_on: int
    encoders: dict[str, tuple[ProbedLayer, ...]]

    def text(self) -> str:
        layers = [layer.layer for layer in next(iter(self.encoders.values()))]
        rows = [("encoder", *layers)]
        rows += [
            (name, *(f"{100 * layer.accuracy:.1f} %" for layer in found))
            for name, found in self.encoders.items()
        ]
        head = (
            f"{self.kinds} kinds, learned from {self.learned_from} gray pictures, right of "
            f"{self.measured_on} others:"
        )
        return f"{head}\n\n{markdown_table(rows)}"


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Fit a linear classifier to the features of a colorizer, of a random network, of a classifier."""

    pictures: Annotated[
        Path,
        Flag(positional=True, metavar="SET"),
        Help("folder or tar file with a folder of pictures for each kind of thing"),
    ]
    network: Annotated[str | None, Flag(metavar="ID"), Help("colorizer")] = None
    weights: Annotated[str | None, Flag(metavar="ID"), Help("other weights than the best")] = None
    learn_from: Annotated[int, Range(3, 1000), Help("pictures of each kind to learn from")] = 15
    side_px: Annotated[int, Range(32, 512), Unit("px"), Flag(names=("--side",)), Help("size")] = 128
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def run(self, context: JobContext) -> Probes:
        """Probe.

        Raises:
            InvalidRequest: fewer than two kinds have enough pictures.
            WeightsError: weights are not on this machine.
        """
        from sr_studio.engines.colorization.linear_probe import make_probe_set, probe_encoder

        colorizers = Colorizers()
        spec = colorizers.find(self.network)
        network = colorizers.load(spec, self.weights, self.device)
        pictures = make_probe_set(
            self._read(context.part(0, 0.1)),
            context=context,
            side_px=self.side_px,
            learn_from=self.learn_from,
            seed=_SEED,
        )
        encoders = self._encoders(spec, network, context)
        found = {}
        for number, (name, encode) in enumerate(encoders.items()):
            part = context.part(0.1 + 0.9 * number / len(encoders), 0.9 / len(encoders))
            found[name] = probe_encoder(encode, pictures, context=part)
        return _probes(pictures, found)

    def _read(self, context: JobContext) -> Iterator[tuple[Pixels, str]]:
        from sr_studio.tasks._picture_sources import find_sources
        from sr_studio.tasks._training_pictures import rgb8

        if not self.pictures.exists():
            raise SrStudioError(f"{self.pictures} is not there.", advice="Check its name.")
        places = [self.pictures]
        if self.pictures.is_dir():
            places = sorted(path for path in self.pictures.iterdir() if path.is_dir())
        sources = find_sources(places)
        for number, source in enumerate(sources):
            context.report(number, len(sources), source.name)
            is_alone = source.offset is None
            path = source.file if is_alone else PurePosixPath(source.name)
            yield rgb8(source), path.parent.name

    def _encoders(
        self, spec: ModelSpec, network: Colorizer, context: JobContext
    ) -> dict[str, Encoder]:
        """Return the colorizer's, one of chance, and where it began with a classifier, that."""
        import torch

        from sr_studio.engines.colorization.linear_probe import colorizer_layers, feature_layers
        from sr_studio.models._colorizer import as_colorizer
        from sr_studio.models.features._registry import load_features
        from sr_studio.models.features._spec import FeatureNetwork

        device = network.bins.device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            chance = as_colorizer(spec.build(1).to(device).eval())
        encoder, of_chance = (getattr(each, "encoder", None) for each in (network, chance))
        if not isinstance(encoder, FeatureNetwork) or not isinstance(of_chance, FeatureNetwork):
            modules = [
                name
                for name, part in network.named_children()
                if any(True for _ in part.parameters())
            ]
            return {
                spec.id: colorizer_layers(network, modules),
                "random": colorizer_layers(chance, modules),
            }
        classifier = load_features("efficientnet-lite0", context).to(device)
        return {
            spec.id: feature_layers(encoder, _LAYERS),
            "random": feature_layers(of_chance, _LAYERS),
            "classifier of ImageNet": feature_layers(classifier, _LAYERS),
        }


def _probes(pictures: ProbeSet, found: dict[str, tuple[ProbedLayer, ...]]) -> Probes:
    learned_from = int(pictures.is_for_learning.sum())
    return Probes(
        len(pictures.names), learned_from, len(pictures.is_for_learning) - learned_from, found
    )


TASK = TaskSpec(
    id="probe",
    title="Probe",
    help="Ask what a colorizer's encoder has learned of things.",
    example="sr-studio probe caltech101.tar --network colorizer-lite",
    request=ProbeRequest,
)
