"""Text files that a task writes beside what it says: refused before the work, written whole."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check_outputs(paths: Sequence[Path | None], *, overwrite: bool) -> None:
    """Refuse outputs that could not be written in the end, before any work.

    Args:
        paths: None where an output is not asked for.
        overwrite: replace what exists.

    Raises:
        InvalidRequest: two outputs are one file.
        OutputExists: one exists already.
        CannotWrite: its folder is missing, or a folder has that name.
    """
    from sr_studio.imaging.atomic_file import explain_errors

    wanted = [path for path in paths if path is not None]
    for index, path in enumerate(wanted):
        with explain_errors(path):
            target = path.resolve()
            is_twin = any(target == other.resolve() for other in wanted[:index])
            is_folder, exists = path.is_dir(), path.exists()
            has_folder = path.parent.is_dir()
        if is_twin:
            raise InvalidRequest(
                f"{path} is named for two outputs.", advice="Give each a name of its own."
            )
        if is_folder:
            raise CannotWrite(
                f"{path} could not be written: a folder has that name.",
                advice="Choose another name.",
            )
        if exists and not overwrite:
            raise OutputExists(
                f"{path} exists already.", advice="Choose another name or add --overwrite."
            )
        if not has_folder:
            raise CannotWrite(
                f"{path} could not be written: its folder does not exist.",
                advice="Create the folder first, or choose another.",
            )


def write_text(path: Path | None, text: str, *, overwrite: bool) -> None:
    """Write `text` in UTF-8, the whole file or nothing; does nothing without a path.

    Raises:
        CannotWrite: the folder, the disk or the name does not allow it.
    """
    from sr_studio.imaging.atomic_file import atomic_file

    if path is not None:
        with atomic_file(path, overwrite=overwrite) as target:
            target.write_bytes(text.encode("utf-8"))  # the line ends as they are


def csv_text(rows: Sequence[Sequence[str | float | None]]) -> str:
    """Return rows as comma-separated values, as RFC 4180 has them; None is left empty."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def markdown_table(rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return a table in Markdown whose source is aligned too; the first row is its head.

    Args:
        rows: cells; what Markdown would take for a border is escaped.
        left: so many columns are aligned left, the rest right.
    """
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    rule = [
        "-" * width if column < left else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    lines = []
    for row in (cells[0], rule, *cells[1:]):
        padded = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("| " + " | ".join(padded) + " |")
    return "\n".join(lines)


def in_digits(value: float | None, digits: int) -> str:
    """Return the figure in so many digits behind the point; "-" where there is none."""
    if value is None:
        return "-"
    return f"{value:.{digits}f}" if math.isfinite(value) else "infinite"
