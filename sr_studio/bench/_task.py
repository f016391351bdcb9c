"""`sr-studio bench`: measures on the user's own machine, against baselines in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._output_files import check_outputs
from sr_studio.tasks._spec import Flag, Help, TaskSpec

if TYPE_CHECKING:
    from sr_studio.bench._spec import BenchSpec, Measurement
    from sr_studio.jobs.control import JobContext

_SHEET_SHARE = 0.25  # of the progress bar


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """Run benchmarks one after the other."""

    names: Annotated[
        tuple[str, ...], Flag(positional=True, metavar="NAME"), Help("which ones; all by default")
    ] = ()
    sheet: Annotated[
        Path | None,
        Flag(metavar="FILE"),
        Help("write pictures of what is measured, of the one benchmark that is named"),
    ] = None
    overwrite: Annotated[bool, Help("replace a sheet that exists")] = False

    def run(self, context: JobContext) -> tuple[Measurement, ...]:
        """Measure.

        Raises:
            InvalidRequest: there is no benchmark of that name, or it has no sheet.
            CannotWrite: the sheet, before anything is measured.
        """
        known = all_benchmarks()
        unknown = [name for name in self.names if name not in known]
        if unknown:
            raise InvalidRequest(
                f"There is no benchmark {unknown[0]!r}.", advice=f"Choose of {', '.join(known)}."
            )
        chosen = [known[name] for name in self.names or known]
        if self.sheet is not None:
            self._draw(chosen, self.sheet, context.part(0, _SHEET_SHARE))
            context = context.part(_SHEET_SHARE, 1 - _SHEET_SHARE)
        measured: list[Measurement] = []
        for index, benchmark in enumerate(chosen):
            context.checkpoint()
            context.report(index, len(chosen), benchmark.title)
            measured += benchmark.run(context.part(index / len(chosen), 1 / len(chosen)))
        return tuple(measured)

    def _draw(self, chosen: list[BenchSpec], sheet: Path, context: JobContext) -> None:
        from sr_studio.imaging.encode_image import SaveOptions, check_name, encode_image

        draw = chosen[0].draw
        if len(chosen) > 1 or draw is None:
            drawn = [name for name, benchmark in all_benchmarks().items() if benchmark.draw]
            raise InvalidRequest(
                "--sheet needs the name of one benchmark that has pictures to show.",
                advice=f"Choose of {', '.join(drawn)}.",
            )
        check_name(sheet, "auto")
        check_outputs((sheet,), overwrite=self.overwrite)
        picture = draw(context)
        encode_image(picture, sheet, SaveOptions(overwrite=self.overwrite))


def all_benchmarks() -> dict[str, BenchSpec]:
    """Return id -> benchmark."""
    from sr_studio import bench
    from sr_studio.bench._spec import BenchSpec
    from sr_studio.discovery import discover

    return discover(bench, "BENCH", BenchSpec)


TASK = TaskSpec(
    id="bench",
    title="Benchmark",
    help="Measure the program on this machine, against baselines in the same run.",
    example="sr-studio bench upscale --json",
    request=BenchRequest,
)
