"""Reads a recipe's table `[degradation]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from sr_studio.degradations.random_degradation import RandomDegradation

_OF_KIND: Mapping[str, frozenset[str]] = {
    "bicubic": frozenset({"kind"}),
    "unknown": frozenset({"kind", "seed"}),
    "classical": frozenset({"kind", "clean", "strength", "first"}),
    "second-order": frozenset({"kind", "clean", "strength", "first", "second", "last"}),
}


def read_table(table: Mapping[str, object]) -> RandomDegradation:
    """Return what the table asks for; what it does not name stays as published.

    Raises:
        InvalidRequest: a key that is unknown or of another kind, a value of the wrong type or out
            of range.
    """
    from sr_studio.degradations.random_degradation import RandomDegradation

    kind = table.get("kind", "bicubic")
    known = _OF_KIND.get(str(kind))
    if known is not None and (unknown := set(table) - known):
        raise InvalidRequest(
            f"[degradation] of kind {kind!r} has no {min(unknown)!r}.",
            advice=f"Choose of {', '.join(sorted(known))}.",
        )
    # a kind that does not exist is refused by what is made here
    own = RandomDegradation(kind=kind)  # type: ignore[arg-type]
    wanted: RandomDegradation = _changed(own, table, "degradation")
    return wanted


def _changed(own: Any, table: Mapping[str, object], path: str) -> Any:
    """Return the dataclass with the table's values in place of its own."""
    names = [field.name for field in fields(own)]
    changes: dict[str, object] = {}
    for name, value in table.items():
        if name not in names:
            raise InvalidRequest(
                f"[{path}] has no {name!r}.", advice=f"Choose of {', '.join(names)}."
            )
        changes[name] = _fitting(getattr(own, name), value, f"{path}.{name}")
    return replace(own, **changes)


def _fitting(own: object, value: object, path: str) -> object:
    """Return the value as the field holds it."""
    if is_dataclass(own) and isinstance(value, Mapping):
        return _changed(own, value, path)
    if isinstance(own, str) and isinstance(value, str):
        return value
    if isinstance(own, tuple) and isinstance(value, list):
        if len(value) == len(own) and all(map(_is_number, value)):
            return tuple(value)
    elif isinstance(own, Mapping) and isinstance(value, Mapping):
        if all(_is_number(each) for each in value.values()):
            return dict(value)
    elif isinstance(own, int) and isinstance(value, int) and _is_number(value):
        return value
    elif isinstance(own, float) and _is_number(value):
        return float(value)  # type: ignore[arg-type]  # it is a number
    raise InvalidRequest(f"{path} is {value!r}.", advice=f"Give something like {own!r}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
