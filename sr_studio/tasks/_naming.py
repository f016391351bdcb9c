"""Names results after their sources, so that they say what was done and overwrite nothing."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_TEMPLATE = "{name}_{model}_x{scale}"
FIELDS = ("name", "model", "scale", "width", "height", "date", "counter")
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
_SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif"}


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a template can name: `date` as 2026-11-23, `counter` from 1."""

    name: str
    model: str
    scale: str
    width: int
    height: int
    date: str
    counter: int


def fill_template(template: str, parts: NameParts) -> str:
    """Return the file name without its suffix.

    Raises:
        InvalidRequest: the template names an unknown field, or nothing is left of it.
    """
    values = {field: getattr(parts, field) for field in FIELDS}
    try:
        filled = string.Formatter().vformat(template, (), values)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise InvalidRequest(
            f"The naming template {template!r} cannot be filled.",
            advice=f"Use {', '.join('{' + field + '}' for field in FIELDS)}.",
        ) from error
    name = filled.translate(_FORBIDDEN).strip(" .")
    if not name:
        raise InvalidRequest("The naming template is empty.", advice=f"Try {DEFAULT_TEMPLATE}.")
    return name


def suffix_for(file_format: str, source_format: str, *, is_8bit: bool) -> str:
    """Return the suffix: of the chosen format, or with "auto" of the source's where it can hold it.

    Sources that cannot be written (raw, HEIC, GIF, BMP) become PNG, or TIFF above 8 bits.
    """
    if file_format != "auto":
        return _SUFFIXES[file_format]
    fallback = ".png" if is_8bit else ".tif"
    holds_depth = is_8bit or source_format in ("png", "tiff")
    return _SUFFIXES.get(source_format, fallback) if holds_depth else fallback


def free_path(path: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Return `path`, or the first of "name (2)", "name (3)", ... that is not taken."""
    number = 2
    candidate = path
    while is_taken(candidate):
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return candidate
