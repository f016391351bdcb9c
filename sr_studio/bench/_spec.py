"""What a benchmark says about itself and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure beside the baseline of the same run: machines differ, ratios less so.

    Attributes:
        name: of what was measured.
        value: ours.
        unit: of value and baseline.
        baseline: what the same run gave for the plain way of doing it.
        ratio: how many times better ours is; above 1 is better, whatever the unit; infinite where
            ours is perfect.
        against: what the baseline is, in a few words.
    """

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    against: str

    def text(self) -> str:
        return (
            f"{self.name:<34} {self.value:8.3f} {self.unit:<9} "
            f"{self.ratio:5.2f} x {self.against} ({self.baseline:.3f})"
        )


@dataclass(frozen=True, slots=True)
class BenchSpec:
    """A benchmark: one file, found by discovery.

    Attributes:
        id: what users type.
        title: what it measures.
        run: measures; calls `checkpoint` between runs.
        draw: makes a sheet of pictures of what is measured, where there is anything to see.
    """

    id: str
    title: str
    run: Callable[[JobContext], tuple[Measurement, ...]]
    draw: Callable[[JobContext], ImageBuffer] | None = None
