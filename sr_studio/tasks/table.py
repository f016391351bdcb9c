"""Measure every network on the benchmarks of the field, beside what its paper states."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sr_studio.errors import InvalidRequest, SrStudioError, WeightsError
from sr_studio.resource_files import data_folder
from sr_studio.tasks._benchmark_sets import find_sets
from sr_studio.tasks._benchmark_table import BenchmarkTable
from sr_studio.tasks._kept_figures import KeptFigures
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._output_files import check_outputs, write_text
from sr_studio.tasks._spec import Flag, Help, TaskSpec
from sr_studio.tasks._table_run import LEAST_COST, PRECISION, Candidate, TableRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec
    from sr_studio.models._weights import WeightStore
    from sr_studio.tasks._networks import NetworkChoice

_CACHE_NAME = "measured.json"
_LARGEST_SCALE = 8
_LAST = 9999  # of the years: networks without a paper
_DEFINITION = (
    "PSNR and SSIM are those of luma (Y of BT.601, 16 to 235), of gray pictures as they are, with "
    "as many pixels left off at each border as the scale."
)
# J. Kim, J. K. Lee, K. M. Lee, "Accurate Image Super-Resolution Using Very Deep Convolutional
# Networks", CVPR 2016, https://arxiv.org/abs/1511.04587, table 3
_PUBLISHED_BICUBIC: Mapping[str, Mapping[int, float]] = {
    "Set5": {2: 33.66, 3: 30.39, 4: 28.42},
    "Set14": {2: 30.24, 3: 27.55, 4: 26.00},
    "BSD100": {2: 29.56, 3: 27.21, 4: 25.96},
}


@dataclass(frozen=True, slots=True)
class TableRequest:
    """Measure all networks whose weights are here, at all their scales, on all sets.

    PSNR and SSIM of luma, without a border of `scale` pixels, in fp32, from small pictures made by
    MATLAB's bicubic reduction: the convention of the papers. Figures are kept, so that a run that
    was interrupted goes on where it was.
    """

    benchmarks: Annotated[
        Path,
        Flag(positional=True, metavar="DIR"),
        Help("folder of the sets, each with its true pictures in a folder HR"),
    ]
    models: Annotated[
        str | None, Help("ids of networks, with commas; without: all whose weights are here")
    ] = None
    sets: Annotated[str, Help("names of their folders, with commas")] = "Set5,Set14,BSD100"
    scales: Annotated[str, Help("with commas")] = "2,3,4"
    markdown: Annotated[Path | None, Flag(metavar="FILE"), Help("write a page of tables")] = None
    csv: Annotated[Path | None, Flag(metavar="FILE"), Help("write unrounded figures")] = None
    overwrite: Annotated[bool, Help("replace files that exist")] = False
    fresh: Annotated[bool, Help("measure again what was measured before")] = False
    cache: Annotated[
        Path | None, Flag(metavar="FILE"), Help("of figures; without: in the data folder")
    ] = None
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def __post_init__(self) -> None:
        self.scale_numbers()

    def scale_numbers(self) -> tuple[int, ...]:
        """Return the scales that are asked for, the smallest first.

        Raises:
            InvalidRequest: none, or something else.
        """
        words = _words(self.scales)
        if not words or not all(
            word.isdecimal() and 2 <= int(word) <= _LARGEST_SCALE for word in words
        ):
            raise InvalidRequest(
                f"{self.scales!r} are not scales.",
                advice=f"Name whole numbers from 2 to {_LARGEST_SCALE}, with commas.",
            )
        return tuple(sorted({int(word) for word in words}))

    def run(self, context: JobContext) -> BenchmarkTable:
        """Measure scale by scale; a network or a set that fails is reported, the rest goes on.

        Raises:
            CannotWrite: an output or the cache, before any work.
            InvalidRequest: there is no such network or set.
            WeightsError: a network that is named has no weights here.
            SrStudioError: the device is not there.
        """
        from sr_studio.engines.device import choose_device
        from sr_studio.models._weights import WeightStore

        check_outputs((self.markdown, self.csv, self.cache), overwrite=True)
        check_outputs((self.markdown, self.csv), overwrite=self.overwrite)
        device = str(choose_device(self.device))
        store = WeightStore()
        networks = Networks(store)
        sets = find_sets(self.benchmarks, _words(self.sets), context)
        candidates = self._candidates(store, networks, context)
        kept = KeptFigures(self.cache or data_folder() / _CACHE_NAME)
        run = TableRun(networks, sets, candidates, kept, device, self.device)
        if self.fresh:
            run.forget()
        try:
            run.measure_all(context)
        finally:  # also when cancelled: what is measured stays
            kept.save()
        table = BenchmarkTable(
            definition=_DEFINITION,
            device=device,
            precision=PRECISION,
            command=self._command(),
            rows=run.rows(),
            failures=tuple(run.failures) + ((kept.trouble,) if kept.trouble else ()),
        )
        if not table.rows:
            raise SrStudioError(
                f"Nothing could be measured; the first: {table.failures[0]}",
            )
        write_text(self.markdown, table.markdown(), overwrite=self.overwrite)
        write_text(self.csv, table.csv(), overwrite=self.overwrite)
        context.report(1, 1)
        return table

    def _candidates(
        self, store: WeightStore, networks: Networks, context: JobContext
    ) -> list[Candidate]:
        """Return bicubic interpolation and the networks by year, each at all scales asked for."""
        scales = self.scale_numbers()
        found = [
            Candidate("bicubic", "Bicubic interpolation", 1981, 0, scale, _PUBLISHED_BICUBIC)
            for scale in scales
        ]
        for spec in sorted(self._specs(store, networks), key=lambda spec: spec.year or _LAST):
            parameters = store.count_parameters(spec)
            for scale in scales:
                context.checkpoint()
                choice = _choice_here(networks, spec, scale)
                if choice is None:
                    continue
                work = parameters if spec.upsampling == "bicubic" else parameters / scale**2
                found.append(
                    Candidate(
                        spec.id,
                        spec.title,
                        spec.year,
                        parameters,
                        scale,
                        spec.published_psnr,
                        choice,
                        _checksum(choice, context),
                        LEAST_COST + work,
                    )
                )
            if self.models is not None and all(each.model != spec.id for each in found):
                networks.choose_scale(spec.id, None, scales[0])  # raises, and says what is missing
        return found

    def _specs(self, store: WeightStore, networks: Networks) -> list[ModelSpec]:
        if self.models is None:
            return [
                spec
                for spec in store.specs().values()
                if spec.task == "upscale" and spec.learns_from == "weights"
            ]
        names = _words(self.models)
        if not names:
            raise InvalidRequest(
                f"{self.models!r} names no networks.", advice="See: sr-studio models"
            )
        return [networks.find_model(name) for name in names]

    def _command(self) -> str:
        words = [f"sr-studio table {self.benchmarks.name or self.benchmarks}"]
        defaults = type(self)(self.benchmarks)
        words += [
            f"--{name} {getattr(self, name)}"
            for name in ("models", "sets", "scales")
            if getattr(self, name) != getattr(defaults, name)
        ]
        if self.markdown is not None:
            words.append(f"--markdown {self.markdown.name}")
        return " ".join(words)


def _words(text: str) -> list[str]:
    """Return what stands between commas, each word once."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _choice_here(networks: Networks, spec: ModelSpec, scale: int) -> NetworkChoice | None:
    """Return the network with the best weights that are on this machine, None without."""
    if scale not in spec.scales:
        return None
    try:
        return networks.choose_scale(spec.id, None, scale)
    except WeightsError:
        return None


def _checksum(choice: NetworkChoice, context: JobContext) -> str:
    """Return the sha256 of the weights' files; nothing for a network that needs none."""
    from sr_studio.models._weight_files import sha256_of

    if choice.entry is None or choice.entry.path is None:
        return ""
    path = choice.entry.path
    binary = path.with_suffix(".bin")  # beside an ncnn .param, which names the layers only
    return sha256_of(binary if binary.is_file() else path, context.checkpoint)


TASK = TaskSpec(
    id="table",
    title="Benchmark table",
    help="Measure every network on the benchmarks of the field, beside what papers state.",
    example="sr-studio table benchmarks --markdown docs/benchmarks.md --csv benchmarks.csv",
    request=TableRequest,
)
