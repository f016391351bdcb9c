"""List every network with its figures and its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sr_studio.tasks._spec import TaskSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec
    from sr_studio.models._weight_entry import WeightEntry
    from sr_studio.models._weights import WeightStore

Group = Literal["fast", "faithful", "perceptual", "historical", "denoise"]

_MODERN_FROM = 2017  # EDSR and SRGAN: what came before was surpassed in every respect
_FAST_BELOW = 1_000_000  # parameters


@dataclass(frozen=True, slots=True)
class WeightInfo:
    """Weights of a network at one scale.

    Attributes:
        id: None where none are known for this scale.
        scale: that they serve.
        origin: shipped, installed, local, downloadable or none.
        licence: SPDX name, or "none stated".
        trained_on: data sets.
        set5_psnr: dB on Set5 (Y, shaved by the scale); None where not measured.
        advice: how to bring them to this machine; empty where they are.
        bytes: of the file or of the download; 0 where not known.
    """

    id: str | None
    scale: int
    origin: Literal["shipped", "installed", "downloadable", "local", "none"]
    licence: str
    trained_on: str
    set5_psnr: float | None
    advice: str
    bytes: int = 0

    @property
    def is_here(self) -> bool:
        """Whether they can be used at once."""
        return self.origin in ("shipped", "installed", "local")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A network as the picker and `sr-studio models` show it.

    Attributes:
        parameters: at `parameters_scale`, for which they are published; without a published
            count, at the smallest.
        channels: "y" where chroma is enlarged by bicubic.
        upsampling: where the picture grows: "bicubic" before the network, "direct" at its end,
            "progressive" by steps of two.
        year: of the paper; 0 where it is not known.
        learns_from: "weights" or, anew each time, the "picture" itself.
        look: "faithful" or "perceptual", which invents texture.
        weights: one for each file and scale; none where it learns from the picture.
        conditions: what of a picture it can be told: "blur_sigma", "noise_sigma".
        trained_as: a "whole", or in "parts", each of which runs several times over a picture.
    """

    id: str
    title: str
    task: str
    year: int
    paper: str
    parameters: int
    parameters_scale: int
    scales: tuple[int, ...]
    channels: str
    loss: str
    upsampling: str
    look: str
    learns_from: str
    weights: tuple[WeightInfo, ...]
    conditions: tuple[str, ...] = ()
    trained_as: str = "whole"

    @property
    def ready_scales(self) -> tuple[int, ...]:
        """The scales that can be run at once: their weights are here, or none are needed."""
        if self.learns_from == "picture":
            return self.scales
        here = {weight.scale for weight in self.weights if weight.is_here}
        return tuple(scale for scale in self.scales if scale in here)

    @property
    def can_run(self) -> bool:
        """Whether it works on this machine now, at one of its scales at least."""
        return self.learns_from == "picture" or bool(self.ready_scales)

    @property
    def can_be_trained(self) -> bool:
        """Whether `sr-studio train` takes it."""
        is_one_network = self.learns_from == "weights" and self.trained_as == "whole"
        return is_one_network and self.task in ("upscale", "colorize")

    @property
    def group(self) -> Group:
        """Where the picker lists it; the first that holds.

        "denoise": removes noise at the same size. "perceptual": invents texture. "historical":
        before 2017. "fast": works at low resolution with under a million parameters, once over
        the picture, and learns nothing while the user waits. "faithful": all others.
        """
        if self.task == "denoise":
            return "denoise"
        if self.look == "perceptual":
            return "perceptual"
        if self.year < _MODERN_FROM:
            return "historical"
        is_small = self.parameters < _FAST_BELOW
        is_quick = self.upsampling == "direct" and self.can_be_trained
        return "fast" if is_small and is_quick else "faithful"

    @property
    def authors(self) -> str:
        """All authors, as `paper` has them before its title."""
        return self.paper.partition(": ")[0]

    @property
    def citation(self) -> str:
        """First author and venue: "Kim et al., CVPR 2016"; all of `paper` where it has no title."""
        names, _, rest = self.paper.partition(": ")
        venue = rest.partition("http")[0].rstrip(" .,;:(").rpartition(", ")[2]
        if not venue:
            return self.paper
        people = names.split(", ")
        first = people[0].removesuffix(" et al.").split()[-1]
        is_alone = len(people) == 1 and not people[0].endswith(" et al.")
        return f"{first}, {venue}" if is_alone else f"{first} et al., {venue}"


class ModelList(tuple[ModelInfo, ...]):
    """The networks, and how they read on a terminal."""

    __slots__ = ()

    def text(self) -> str:
        rows = [("NETWORK", "YEAR", "PARAMETERS", "READY", "TO BE FETCHED", "SET5 PSNR")]
        for model in self:
            fetched = sorted(
                {w.scale for w in model.weights if w.origin == "downloadable"}
                - set(model.ready_scales)
            )
            rows.append(
                (
                    model.id,
                    str(model.year or "-"),
                    f"{model.parameters:,}",
                    _scales(model.ready_scales),
                    _scales(fetched),
                    _best_psnr(model),
                )
            )
        advice = sorted(
            {w.advice for model in self for w in model.weights if w.origin == "none" and w.advice}
        )
        return "\n".join([align(rows), *(["", *advice] if advice else [])])


@dataclass(frozen=True, slots=True)
class ListModelsRequest:
    """Say which networks there are and which weights are on this machine."""

    def run(self, context: JobContext) -> ModelList:
        """Build no network: parameters are counted without memory."""
        from sr_studio.models._weights import WeightStore

        store = WeightStore()
        specs = store.specs()
        models = []
        for done, spec in enumerate(specs.values()):
            context.checkpoint()
            context.report(done, len(specs))
            models.append(_model_info(spec, store))
        return ModelList(models)


def align(rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns are as wide as they must be; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _model_info(spec: ModelSpec, store: WeightStore) -> ModelInfo:
    entries: Sequence[WeightEntry] = store.entries(spec)
    weights = [
        WeightInfo(
            entry.id,
            scale,
            entry.origin,
            entry.licence,
            entry.trained_on,
            entry.set5_psnr.get(scale),
            entry.advice,
            entry.bytes,
        )
        for entry in entries
        for scale in entry.scales
    ]
    known = {weight.scale for weight in weights}
    weights += [
        WeightInfo(None, scale, "none", "", "", None, "")
        for scale in spec.scales
        if scale not in known and spec.learns_from == "weights"
    ]
    return ModelInfo(
        id=spec.id,
        title=spec.title,
        task=spec.task,
        year=spec.year,
        paper=spec.paper,
        parameters=store.count_parameters(spec),
        parameters_scale=spec.counted_scale,
        scales=spec.scales,
        channels=spec.channels,
        loss=spec.loss,
        upsampling=spec.upsampling,
        look=spec.look,
        learns_from=spec.learns_from,
        weights=tuple(sorted(weights, key=lambda weight: weight.scale)),
        conditions=spec.conditions,
        trained_as=spec.trained_as,
    )


def _scales(scales: Sequence[int]) -> str:
    return " ".join(f"x{scale}" for scale in scales) or "-"


def _best_psnr(model: ModelInfo) -> str:
    best: dict[int, float] = {}
    for weight in model.weights:
        if weight.set5_psnr is not None:
            best[weight.scale] = max(weight.set5_psnr, best.get(weight.scale, 0.0))
    return " / ".join(f"{best[scale]:.2f}" for scale in sorted(best)) or "-"


TASK = TaskSpec(
    id="models",
    title="Networks",
    help="List every network, its figures and its weights.",
    example="sr-studio models --json",
    request=ListModelsRequest,
)
