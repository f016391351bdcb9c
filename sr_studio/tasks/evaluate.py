"""Measure a network on a folder of pictures, as papers do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest, SrStudioError, UnreadableImage, WeightsError
from sr_studio.models._conditions import NOTHING_TOLD, Conditions
from sr_studio.tasks._measuring import MeasureSettings, mean_of, measure_network
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._output_files import (
    check_outputs,
    csv_text,
    in_digits,
    markdown_table,
    write_text,
)
from sr_studio.tasks._picture_files import find_pictures
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sr_studio.jobs.control import JobContext
    from sr_studio.metrics.picture import MetricName
    from sr_studio.tasks._measuring import Measured
    from sr_studio.tasks._networks import NetworkChoice

_METRICS: Mapping[str, MetricName] = {"psnr": "psnr", "ssim": "ssim", "ms_ssim": "ms_ssim"}
_TITLES: Mapping[MetricName, str] = {"psnr": "PSNR/dB", "ssim": "SSIM", "ms_ssim": "MS-SSIM"}


@dataclass(frozen=True, slots=True)
class EvaluatedPicture:
    """The figures of one picture; None where not asked for or too small for it."""

    name: str
    psnr: float | None
    ssim: float | None
    ms_ssim: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `sr-studio evaluate` says.

    Attributes:
        model: its id.
        weights: the id of those that ran; empty where the network learned from each picture.
        scale: of the enlargement.
        images: how many pictures the means are over.
        psnr: mean in dB; None where not asked for. So are the others.
        ssim: mean.
        ms_ssim: mean over the pictures that are large enough.
        definition: what the figures are; another sentence for gray pictures among colour ones.
        device: where it ran.
        precision: of the arithmetic.
        per_image: the figures of each.
        failures: a sentence for each picture that could not be measured.
    """

    model: str
    weights: str
    scale: int
    images: int
    psnr: float | None
    ssim: float | None
    ms_ssim: float | None
    definition: str
    device: str
    precision: str
    per_image: tuple[EvaluatedPicture, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        rows = self._rows("")
        first = max(len(row[0]) for row in rows)
        lines = [" ".join([row[0].ljust(first), *(c.rjust(8) for c in row[1:])]) for row in rows]
        return "\n".join([self._title(), *lines, self.definition])

    def markdown(self) -> str:
        """Return the same with a table in Markdown."""
        rows = self._rows("picture")
        return f"{self._title()}\n\n{markdown_table(rows)}\n\n{self.definition}\n"

    def csv(self) -> str:
        """Return all figures unrounded, one row a picture, the mean last."""
        rows: list[tuple[str | float | None, ...]] = [("picture", *_METRICS, "seconds")]
        rows += [
            (each.name, each.psnr, each.ssim, each.ms_ssim, each.seconds) for each in self.per_image
        ]
        seconds = mean_of([each.seconds for each in self.per_image])
        rows.append(("mean", self.psnr, self.ssim, self.ms_ssim, seconds))
        return csv_text(rows)

    def _title(self) -> str:
        network = f"{self.model} ({self.weights})" if self.weights else self.model
        return f"{network} x{self.scale}, {self.device}, {self.precision}"

    def _rows(self, first: str) -> list[tuple[str, ...]]:
        """Return the table, its head first, with the metrics that any picture has."""
        names = [name for name in _TITLES if getattr(self, name) is not None]
        return [
            (first, *(_TITLES[name] for name in names)),
            *((each.name, *_cells(each, names)) for each in self.per_image),
            (f"mean of {self.images}", *_cells(self, names)),
        ]


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """Enlarge small versions of pictures and measure how close the results come.

    Networks on luma are measured before their result is rounded to 8-bit RGB, as papers do. Noise
    is added as papers do, too: to floats, neither rounded nor clipped, the same for every picture;
    and what removes noise from luma is measured on gray versions (MATLAB's `rgb2gray`).
    """

    model: Annotated[str, Help("network, see: sr-studio models")]
    scale: Annotated[int, Range(1, 8), Help("enlarge by this")]
    high_res: Annotated[Path, Flag(metavar="DIR"), Help("folder of the true pictures")]
    low_res: Annotated[
        Path | None,
        Flag(metavar="DIR"),
        Help("small ones of the same names (or name + x4); without: MATLAB bicubic"),
    ] = None
    noise: Annotated[
        float, Range(0, 255), Help("add white Gaussian noise of this sigma, of 255")
    ] = 0.0
    seed: Annotated[int, Range(0, 2**31), Help("of the noise")] = 0
    weights: Annotated[str | None, Help("id of the weights; without: the best here")] = None
    metrics: Annotated[str, Help("any of psnr, ssim, ms_ssim, with commas")] = "psnr,ssim"
    channel: Annotated[
        Literal["y", "rgb"], Help("y: luma, as papers measure; rgb: all three channels")
    ] = "y"
    shave: Annotated[
        int | None,
        Range(0, 1000),
        Unit("px"),
        Help("leave off each border; without: the scale, none at x1"),
    ] = None
    precision: Annotated[Literal["auto", "fp32", "bf16", "fp16"], Help("arithmetic")] = "auto"
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"
    csv: Annotated[Path | None, Flag(metavar="FILE"), Help("write unrounded figures")] = None
    markdown: Annotated[Path | None, Flag(metavar="FILE"), Help("write a table")] = None
    overwrite: Annotated[bool, Help("replace files that exist")] = False

    def __post_init__(self) -> None:
        self.metric_names()

    def metric_names(self) -> tuple[MetricName, ...]:
        """Return which metrics are asked for.

        Raises:
            InvalidRequest: none, or one that does not exist.
        """
        words = [word.strip() for word in self.metrics.split(",") if word.strip()]
        unknown = [word for word in words if word not in _METRICS]
        if unknown or not words:
            raise InvalidRequest(
                f"{self.metrics!r} names no metrics."
                if not words
                else f"No metric {unknown[0]!r}.",
                advice=f"Choose from {', '.join(_METRICS)}.",
            )
        return tuple(_METRICS[word] for word in words)

    def run(self, context: JobContext) -> Evaluation:
        """Measure one picture after the other; one that fails is reported, the rest go on."""
        check_outputs((self.csv, self.markdown), overwrite=self.overwrite)
        truths = find_pictures([self.high_res])
        low_res = None if self.low_res is None else find_pictures([self.low_res])
        networks = Networks()
        choice = networks.choose_scale(self.model, self.weights, self.scale)
        measured: list[tuple[str, Measured]] = []
        failures = []
        for index, path in enumerate(truths):
            context.report(index, len(truths), path.name)
            part = context.part(index / len(truths), 1 / len(truths))
            try:
                figures = self._measure(path, low_res, networks, choice, part)
                measured.append((path.stem, figures))
            except (InvalidRequest, WeightsError):
                raise  # what is wrong for one picture would be wrong for all
            except SrStudioError as error:
                failures.append(f"{path}: {error.message} {error.advice}".rstrip())
        context.report(1, 1)
        if not measured:
            raise SrStudioError(
                f"None of {len(truths)} pictures could be measured; the first: {failures[0]}"
            )
        report = measured[0][1].report
        metrics = [each.metrics for _, each in measured]
        evaluation = Evaluation(
            model=report.model,
            weights=report.weights,
            scale=self.scale,
            images=len(measured),
            psnr=mean_of([each.psnr for each in metrics]),
            ssim=mean_of([each.ssim for each in metrics]),
            ms_ssim=mean_of([each.ms_ssim for each in metrics]),
            definition=" ".join(dict.fromkeys(each.definition for each in metrics)),
            device=report.device,
            precision=report.precision,
            per_image=tuple(_figures(name, each) for name, each in measured),
            failures=tuple(failures),
        )
        write_text(self.csv, evaluation.csv(), overwrite=self.overwrite)
        write_text(self.markdown, evaluation.markdown(), overwrite=self.overwrite)
        return evaluation

    def _measure(
        self,
        path: Path,
        low_res: Sequence[Path] | None,
        networks: Networks,
        choice: NetworkChoice,
        context: JobContext,
    ) -> Measured:
        from sr_studio.degradations.degrade import add_float_noise, crop_to_multiple, degrade
        from sr_studio.degradations.recipe import Degradation
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.ycbcr import rgb_to_gray

        context.checkpoint()
        truth = crop_to_multiple(decode_image(path), self.scale)
        if choice.spec.task == "denoise" and choice.spec.channels == "y" and not truth.is_gray:
            truth = replace(truth, pixels=rgb_to_gray(truth.pixels)[..., None])
        if low_res is None:
            small = degrade(truth, Degradation(scale=self.scale))
        else:
            small = decode_image(self._partner(path, low_res))
            if (small.width * self.scale, small.height * self.scale) != (truth.width, truth.height):
                raise SrStudioError(
                    f"Its small version has {small.width} × {small.height} px, which is not "
                    f"1/{self.scale} of {truth.width} × {truth.height}.",
                    advice="Check the scale and the folder of the small pictures.",
                )
        conditions = NOTHING_TOLD
        if self.noise > 0:
            small = add_float_noise(small, self.noise, self.seed)
            if "noise_sigma" in choice.spec.conditions:
                conditions = Conditions(noise_sigma=self.noise)
        learning = choice.learning_share
        network = networks.prepare(
            choice,
            small,
            device=self.device,
            precision=self.precision,
            conditions=conditions,
            context=context.part(0, learning),
        )
        return measure_network(
            small,
            truth,
            network,
            MeasureSettings(
                self.metric_names(),
                self.channel,
                (self.scale if self.scale > 1 else 0) if self.shave is None else self.shave,
            ),
            weights="" if choice.entry is None else choice.entry.id,
            context=context.part(learning, 1 - learning),
        )

    def _partner(self, path: Path, low_res: Sequence[Path]) -> Path:
        """Return the small version: of the same name, or with the scale behind it (DIV2K)."""
        for name in (path.stem, f"{path.stem}x{self.scale}"):
            for small in low_res:
                if small.stem == name:
                    return small
        raise UnreadableImage(
            f"It has no small version in {self.low_res}.",
            advice=f"Name it {path.stem} or {path.stem}x{self.scale}.",
        )


def _figures(name: str, measured: Measured) -> EvaluatedPicture:
    metrics = measured.metrics
    return EvaluatedPicture(
        name, metrics.psnr, metrics.ssim, metrics.ms_ssim, measured.report.seconds
    )


def _cells(figures: EvaluatedPicture | Evaluation, names: Sequence[MetricName]) -> list[str]:
    return [in_digits(getattr(figures, name), 2 if name == "psnr" else 4) for name in names]


TASK = TaskSpec(
    id="evaluate",
    title="Evaluate",
    help="Measure a network on a folder of pictures, as papers do.",
    example="sr-studio evaluate --model imdn --scale 4 --high-res Set5/HR --low-res Set5/LRx4",
    request=EvaluateRequest,
)
