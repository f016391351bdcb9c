"""Several networks fill the same hole: what depth and structure of an untrained network do."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sr_studio.tasks._network_grid import (
    NetworkGridPictureRequest,
    NetworkGridSettings,
    count_in_words,
    grid_files,
    write_grid,
)
from sr_studio.tasks._output_files import check_outputs, csv_text, write_text
from sr_studio.tasks._picture_files import make_folder
from sr_studio.tasks._spec import Flag, Help, TaskSpec

if TYPE_CHECKING:
    from sr_studio.engines.prior.network_grid import NetworkGrid
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """How one network did.

    Attributes:
        network: its id.
        parameters: how many numbers were fitted.
        iterations: that were done.
        seconds: they took.
        loss: mean squared error of the known pixels at the end; None where it failed at once.
        psnr: of the missing pixels, in dB; None without a truth.
        output: its picture; None where it failed.
    """

    network: str
    parameters: int
    iterations: int
    seconds: float
    loss: float | None
    psnr: float | None
    output: Path | None

    def text(self) -> str:
        loss = "-" if self.loss is None else f"{self.loss:.5f}"
        hole = "" if self.psnr is None else f"  hole {self.psnr:6.2f} dB"
        return (
            f"{self.network:<18}{count_in_words(self.parameters):>7}  {self.iterations:>6} "
            f"iterations  {self.seconds:7.1f} s  error {loss}{hole}"
        )


@dataclass(frozen=True, slots=True)
class NetworksReport:
    """How all of them did.

    Attributes:
        sheet: all pictures on one.
        networks: one each, in the order asked.
        failures: a sentence for each that failed.
    """

    sheet: Path
    networks: tuple[NetworkReport, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join([*(each.text() for each in self.networks), str(self.sheet)])


@dataclass(frozen=True, slots=True)
class NetworksRequest:
    """Fill one hole with several networks, each untrained."""

    picture: Annotated[Path, Flag(positional=True, metavar="PICTURE"), Help("any photograph")]
    output: Annotated[
        Path,
        Flag(names=("-o", "--output"), metavar="FOLDER"),
        Help("for the sheet and the picture of each network"),
    ]
    mask: Annotated[
        Path | None,
        Help("picture that is white where pixels are missing; without: the transparent ones"),
    ] = None
    truth: Annotated[Path | None, Help("picture to measure the filled pixels against")] = None
    settings: NetworkGridSettings = field(default_factory=NetworkGridSettings)
    csv: Annotated[Path | None, Help("write the losses of each iteration there")] = None
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def run(self, context: JobContext) -> NetworksReport:
        """Fit all in turns; one that fails is reported, the others go on.

        Raises:
            UnreadableImage: a picture cannot be read.
            InvalidRequest: there is no such network, or mask or truth do not fit.
            OutputExists: before any work.
            CannotWrite: an output, before any work where that can be known.
        """
        from sr_studio.imaging.decode_image import decode_image

        ids = self.settings.ids()
        files = grid_files(self.output, ids)
        make_folder(self.output)
        check_outputs((files.sheet, *files.pictures, self.csv), overwrite=self.overwrite)
        image = decode_image(self.picture)
        request = NetworkGridPictureRequest(image, self.settings, self.mask, self.truth)
        grid = request.run(context)
        write_grid(grid, self.output, overwrite=self.overwrite)
        write_text(self.csv, csv_text(_rows(grid)), overwrite=self.overwrite)
        reports = tuple(
            NetworkReport(
                cell.network,
                cell.parameters,
                cell.iteration,
                cell.seconds,
                float(cell.losses[-1]) if len(cell.losses) else None,
                cell.psnr,
                None if cell.image is None else path,
            )
            for cell, path in zip(grid.cells, files.pictures, strict=True)
        )
        failures = tuple(f"{cell.title}: {cell.problem}" for cell in grid.cells if cell.problem)
        return NetworksReport(files.sheet, reports, failures)


def _rows(grid: NetworkGrid) -> list[list[str | float | None]]:
    """Return the losses, a column each; who did fewer iterations has empty cells."""
    rows: list[list[str | float | None]] = [["iteration", *(each.network for each in grid.cells)]]
    columns = [each.losses.tolist() for each in grid.cells]
    rows += [[number, *row] for number, row in enumerate(zip_longest(*columns), 1)]
    return rows


TASK = TaskSpec(
    id="networks",
    title="Compare networks",
    help="Fill one hole with several untrained networks side by side.",
    example="sr-studio networks photo.jpg --mask mask.png -o filled --iterations 600",
    request=NetworksRequest,
)
