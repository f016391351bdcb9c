"""`sr-studio bench`: measures on the user's own machine, against baselines in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._spec import Flag, Help, TaskSpec

if TYPE_CHECKING:
    from sr_studio.bench._spec import BenchSpec, Measurement
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """Run benchmarks one after the other."""

    names: Annotated[
        tuple[str, ...], Flag(positional=True, metavar="NAME"), Help("which ones; all by default")
    ] = ()

    def run(self, context: JobContext) -> tuple[Measurement, ...]:
        """Measure.

        Raises:
            InvalidRequest: there is no benchmark of that name.
        """
        known = all_benchmarks()
        unknown = [name for name in self.names if name not in known]
        if unknown:
            raise InvalidRequest(
                f"There is no benchmark {unknown[0]!r}.", advice=f"Choose of {', '.join(known)}."
            )
        chosen = [known[name] for name in self.names or known]
        measured: list[Measurement] = []
        for index, benchmark in enumerate(chosen):
            context.checkpoint()
            context.report(index, len(chosen), benchmark.title)
            measured += benchmark.run(context.part(index / len(chosen), 1 / len(chosen)))
        return tuple(measured)


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
