"""The table of all networks on all sets: as text, Markdown and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.tasks._output_files import csv_text, in_digits, markdown_table
from sr_studio.tasks.models import align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLUMNS = (
    "set",
    "model",
    "title",
    "year",
    "parameters",
    "weights",
    "scale",
    "images",
    "psnr",
    "ssim",
    "published_psnr",
    "difference",
    "seconds",
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One network at one scale on one set.

    Attributes:
        set: its name.
        model: id of the network, "bicubic" for the interpolation.
        title: of the network.
        year: of its paper; 0 where there is none.
        parameters: at the scale for which they are published.
        weights: their id.
        scale: of the enlargement.
        images: in the set.
        psnr: mean in dB.
        ssim: mean over the pictures that are large enough.
        published_psnr: as the paper states it; None where it does not.
        difference: measured less published.
        seconds: of all pictures together, on the machine that measured them.
    """

    set: str
    model: str
    title: str
    year: int
    parameters: int
    weights: str
    scale: int
    images: int
    psnr: float | None
    ssim: float | None
    published_psnr: float | None
    difference: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """What `sr-studio table` says.

    Attributes:
        definition: what the figures are.
        device: where the networks ran.
        precision: of the arithmetic.
        command: that makes it.
        rows: bicubic first, then the networks by year; by set and scale.
        failures: a sentence for each network or set that could not be measured.
    """

    definition: str
    device: str
    precision: str
    command: str
    rows: tuple[TableRow, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        tables = [f"{name}\n{align(rows)}" for name, rows in self._tables("{title}")]
        return "\n\n".join([*tables, self.definition])

    def markdown(self) -> str:
        """Return a page: one table a set."""
        tables = [
            f"## {name}\n{markdown_table(rows)}" for name, rows in self._tables("{title} (`{id}`)")
        ]
        head = (
            "# Measured beside published\n\n"
            "PSNR in dB / SSIM, then the PSNR that the paper states and how far the measured one "
            f"is from it. {self.definition} The small pictures are MATLAB's bicubic reduction. "
            f"Made by\n\n```\n{self.command}\n```\n\non {self.device} in {self.precision}."
        )
        return "\n\n".join([head, *tables]) + "\n"

    def csv(self) -> str:
        """Return one row for each network, scale and set, unrounded."""
        rows = [[getattr(row, column) for column in _COLUMNS] for row in self.rows]
        return csv_text([_COLUMNS, *rows])

    def _tables(self, title: str) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """Yield for each set its name and table, the head first."""
        scales = sorted({row.scale for row in self.rows})
        head = ["network", "year", "parameters"]
        for scale in scales:
            head += [f"x{scale}", f"x{scale} published"]
        for name in dict.fromkeys(row.set for row in self.rows):
            rows = [row for row in self.rows if row.set == name]
            table = [tuple(head)]
            for model in dict.fromkeys(row.model for row in rows):
                own = {row.scale: row for row in rows if row.model == model}
                first = next(iter(own.values()))
                cells = [
                    title.format(title=first.title, id=model),
                    str(first.year or "-"),
                    f"{first.parameters:,}" if first.parameters else "-",
                ]
                for scale in scales:
                    cells += _cells(own.get(scale))
                table.append(tuple(cells))
            yield name, table


def _cells(row: TableRow | None) -> Sequence[str]:
    if row is None:
        return "", ""
    published = ""
    if row.published_psnr is not None and row.difference is not None:
        published = f"{row.published_psnr:.2f} ({row.difference:+.2f})"
    return f"{in_digits(row.psnr, 2)} / {in_digits(row.ssim, 4)}", published
