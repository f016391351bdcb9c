"""Finds the MODEL, TASK and PANEL constants in a package: one file adds one thing."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from types import ModuleType


class Identified(Protocol):
    """Anything with an id that is unique within its package."""

    @property
    def id(self) -> str:
        """The name users type."""


T = TypeVar("T", bound=Identified)


def discover(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Import every public module of `package` and collect its `constant`, in order of file name.

    A module may hold one `kind` or a tuple of them (a network published in two sizes).
    Modules whose name starts with an underscore are skipped.

    Returns:
        id -> constant.

    Raises:
        TypeError: a module lacks the constant or holds something else.
        ValueError: two modules use the same id.
        ImportError: a module does not import; the message names it.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if info.name.startswith("_") or info.ispkg:
            continue
        name = f"{package.__name__}.{info.name}"
        module = importlib.import_module(name)
        value = getattr(module, constant, None)
        values = value if isinstance(value, tuple) else (value,)
        for item in values:
            if not isinstance(item, kind):
                raise TypeError(
                    f"{name} must define {constant} as {kind.__name__}, not {type(item).__name__}"
                )
            if item.id in found:
                raise ValueError(f"{name}: the id {item.id!r} is taken by another file")
            found[item.id] = item
    return found
