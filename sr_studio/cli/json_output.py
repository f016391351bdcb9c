"""Turns results into JSON: dataclasses become objects, paths strings, arrays are left out."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path


def to_json(result: object, *, is_ascii: bool = False) -> str:
    """Return one JSON value; infinite and undefined numbers become null."""
    return json.dumps(_plain(result), ensure_ascii=is_ascii, allow_nan=False, indent=2)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {name: _plain(inner) for name, inner in fields.items() if _is_plain(inner)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _is_plain(value: object) -> bool:
    """Whether JSON has a word for it: arrays and pictures stay inside the program."""
    if dataclasses.is_dataclass(value) or value is None:
        return True
    return isinstance(value, (str, int, float, bool, Path, tuple, list, Mapping))
