"""One run through all networks, scales and sets, which goes on where the last one ended."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sr_studio import __version__
from sr_studio.errors import SrStudioError
from sr_studio.tasks._benchmark_sets import SmallPictures, UnreadableSet
from sr_studio.tasks._benchmark_table import TableRow
from sr_studio.tasks._kept_figures import KeptFigures, PictureFigures
from sr_studio.tasks._measuring import MeasureSettings, mean_of, measure_bicubic, measure_network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sr_studio.engines.device import Precision
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._benchmark_sets import BenchmarkSet, Pair
    from sr_studio.tasks._networks import NetworkChoice, Networks

PRECISION: Precision = "fp32"
LEAST_COST = 20_000.0
"""Of a picture, in parameters at work: reading and measuring it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the table at one scale: a network with its weights, or bicubic interpolation.

    Attributes:
        published: benchmark -> scale -> dB.
        choice: None for the interpolation.
        checksum: of the weights.
        cost: of enlarging a picture, compared with others of the same size.
    """

    model: str
    title: str
    year: int
    parameters: int
    scale: int
    published: Mapping[str, Mapping[int, float]]
    choice: NetworkChoice | None = None
    checksum: str = ""
    cost: float = LEAST_COST

    @property
    def weights(self) -> str:
        entry = None if self.choice is None else self.choice.entry
        return "" if entry is None else entry.id


@dataclass(slots=True)
class TableRun:
    """One run through all scales, networks and sets."""

    networks: Networks
    sets: tuple[BenchmarkSet, ...]
    candidates: Sequence[Candidate]
    kept: KeptFigures
    device: str
    device_wanted: str
    failures: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Forget what is kept of this table's rows."""
        for candidate in self.candidates:
            for benchmark in self.sets:
                self.kept.forget(self._key(candidate, benchmark))

    def measure_all(self, context: JobContext) -> None:
        """Measure what is not kept, so that each network is prepared once for each scale."""
        total = sum(
            each.cost * len(self._missing(each, benchmark))
            for each in self.candidates
            for benchmark in self.sets
        )
        done = 0.0
        for scale in sorted({each.scale for each in self.candidates}):
            pictures = SmallPictures(scale)
            broken: set[str] = set()
            for candidate in (each for each in self.candidates if each.scale == scale):
                context.checkpoint()
                cost = sum(candidate.cost * len(self._missing(candidate, s)) for s in self.sets)
                if cost:
                    part = context.part(done / total, cost / total)
                    self._measure(candidate, pictures, broken, part)
                    done += cost
                    self.kept.save()

    def rows(self) -> tuple[TableRow, ...]:
        """Return a row for each network that was measured on a whole set."""
        return tuple(
            self._row(candidate, benchmark)
            for benchmark in self.sets
            for candidate in self.candidates
            if not self._missing(candidate, benchmark)
        )

    def _measure(
        self,
        candidate: Candidate,
        pictures: SmallPictures,
        broken: set[str],
        context: JobContext,
    ) -> None:
        """Measure one network on all sets; what goes wrong is said in `failures`."""
        work = [
            (benchmark, path)
            for benchmark in self.sets
            for path in self._missing(candidate, benchmark)
        ]
        try:
            for done, (benchmark, path) in enumerate(work):
                context.checkpoint()
                note = f"{candidate.model} x{candidate.scale}, {benchmark.name}: {path.name}"
                context.report(done, len(work), note)
                if benchmark.name in broken:
                    continue
                try:
                    pair = pictures.pair(benchmark, path)
                except UnreadableSet as error:  # no network's fault: said once
                    broken.add(benchmark.name)
                    self.failures.append(f"{error.message} {error.advice}".rstrip())
                    continue
                part = _NotedContext(context.part(done / len(work), 1 / len(work)), note)
                figures = self._measure_picture(candidate, pair, part)
                self.kept.keep(self._key(candidate, benchmark), path.name, figures)
        except SrStudioError as error:
            reason = f"{error.message} {error.advice}".rstrip()
            self.failures.append(f"{candidate.model} x{candidate.scale}: {reason}")
        except RuntimeError as error:  # of torch, where a network and its input disagree
            self.failures.append(f"{candidate.model} x{candidate.scale}: it failed: {error}")

    def _measure_picture(
        self, candidate: Candidate, pair: Pair, context: JobContext
    ) -> PictureFigures:
        settings = MeasureSettings(("psnr", "ssim"), "y", candidate.scale)
        choice = candidate.choice
        if choice is None:
            started_s = time.monotonic()
            metrics = measure_bicubic(pair.small, pair.truth, candidate.scale, settings)
            return PictureFigures(metrics.psnr, metrics.ssim, time.monotonic() - started_s)
        learning = choice.learning_share
        network = self.networks.prepare(
            choice,
            pair.small,
            device=self.device_wanted,
            precision=PRECISION,
            context=context.part(0, learning),
        )
        measured = measure_network(
            pair.small,
            pair.truth,
            network,
            settings,
            weights=candidate.weights,
            context=context.part(learning, 1 - learning),
        )
        metrics = measured.metrics
        return PictureFigures(metrics.psnr, metrics.ssim, measured.report.seconds)

    def _missing(self, candidate: Candidate, benchmark: BenchmarkSet) -> list[Path]:
        key = self._key(candidate, benchmark)
        return [path for path in benchmark.pictures if self.kept.find(key, path.name) is None]

    def _key(self, candidate: Candidate, benchmark: BenchmarkSet) -> str:
        """Return all that a figure depends on, but for the code between two versions."""
        return " ".join(
            [
                candidate.model,
                f"x{candidate.scale}",
                f"weights={candidate.checksum[:16]}",
                f"{benchmark.name}={benchmark.checksum[:16]}",
                f"y shave={candidate.scale} {PRECISION} {self.device} {__version__}",
            ]
        )

    def _row(self, candidate: Candidate, benchmark: BenchmarkSet) -> TableRow:
        key = self._key(candidate, benchmark)
        found = [self.kept.find(key, path.name) for path in benchmark.pictures]
        figures = [each for each in found if each is not None]
        psnr = mean_of([each.psnr for each in figures])
        published = candidate.published.get(benchmark.name, {}).get(candidate.scale)
        return TableRow(
            set=benchmark.name,
            model=candidate.model,
            title=candidate.title,
            year=candidate.year,
            parameters=candidate.parameters,
            weights=candidate.weights,
            scale=candidate.scale,
            images=len(figures),
            psnr=psnr,
            ssim=mean_of([each.ssim for each in figures]),
            published_psnr=published,
            difference=None if psnr is None or published is None else psnr - published,
            seconds=math.fsum(each.seconds for each in figures),
        )


class _NotedContext:
    """A context whose note stays: in a run of hours, who is at work matters more than its tiles."""

    def __init__(self, inner: JobContext, note: str) -> None:
        self._inner = inner
        self._note = note

    @property
    def should_finish(self) -> bool:
        return self._inner.should_finish

    def checkpoint(self) -> None:
        self._inner.checkpoint()

    def report(self, done: float, total: float, note: str = "") -> None:  # noqa: ARG002  # replaced
        self._inner.report(done, total, self._note)

    def part(self, offset: float, length: float) -> JobContext:
        return _NotedContext(self._inner.part(offset, length), self._note)

    def offer_preview(self, make: Callable[[], object]) -> None:
        self._inner.offer_preview(make)
