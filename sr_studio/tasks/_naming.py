"""Names results after their sources, and never two alike."""

from __future__ import annotations

import datetime
import re
import string
from typing import TYPE_CHECKING

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

DEFAULT_TEMPLATE = "{name}_{model}_x{scale}"
FIELDS = ("name", "model", "scale", "width", "height", "date", "counter")

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # somewhere: names must survive a move
_LONGEST = 200  # bytes of UTF-8; most file systems stop at 255, and suffix and number follow


def output_path(
    template: str,
    folder: Path,
    source: Path,
    *,
    model: str,
    scale: float,
    width: int,
    height: int,
    counter: int,
    suffix: str,
) -> Path:
    """Return the path of a result; whether something stands there is for the caller to ask.

    Args:
        template: with any of the FIELDS in braces.
        folder: where the result goes.
        source: the picture's file, for its name; need not exist.
        model: id of the network.
        scale: factor; written without needless decimals.
        width: of the result.
        height: of the result.
        counter: number of the picture in its batch, from 1.
        suffix: with its dot.

    Raises:
        InvalidRequest: the template has an unknown field or gives an empty name.
    """
    check_template(template)
    name = template.format(
        name=source.stem,
        model=model,
        scale=f"{scale:.4g}",
        width=width,
        height=height,
        date=datetime.datetime.now(tz=datetime.UTC).astimezone().date().isoformat(),
        counter=f"{counter:03d}",
    )
    name = _FORBIDDEN.sub("-", name).strip().rstrip(".")
    name = name.encode()[:_LONGEST].decode(errors="ignore")
    if not name:
        raise InvalidRequest(
            f"The template {template!r} gives an empty name.", advice="Add {name} to it."
        )
    return folder / f"{name}{suffix}"


def check_template(template: str) -> None:
    """Refuse a template that cannot be filled.

    Raises:
        InvalidRequest: a brace stands alone, or a field is unknown.
    """
    advice = f"The fields are {', '.join(f'{{{field}}}' for field in FIELDS)}."
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise InvalidRequest(
            f"The template {template!r} has a brace alone.", advice=advice
        ) from None
    for _, field, form, conversion in parts:
        if field is not None and (field not in FIELDS or form or conversion):
            raise InvalidRequest(f"The template has no field {{{field}}}.", advice=advice)


def distinct_path(path: Path, taken: Collection[Path]) -> Path:
    """Return `path`, or with " (2)", " (3)" and so on the first that is not in `taken`."""
    candidate, number = path, 1
    while candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate
