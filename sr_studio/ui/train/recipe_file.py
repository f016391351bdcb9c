"""What the panel has to know of a recipe before a training reads it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sr_studio.errors import InvalidRequest
from sr_studio.resource_files import resource_folder

if TYPE_CHECKING:
    from pathlib import Path

_GENERAL = "any"  # what a training follows that is given no recipe


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """A recipe as far as the panel needs it; what it does not know of, it leaves alone.

    Attributes:
        path: the TOML file.
        title: its `title`, else the name of the file.
        model: id of the network; None where the user has to name one.
        scale: the first of several; None where the user has to name one.
        folders: of the pictures, below the folder of photographs; none where that itself is meant.
        steps: after how many it is done; None where the time ends it.
    """

    path: Path
    title: str
    model: str | None
    scale: int | None
    folders: tuple[str, ...]
    steps: int | None


def read_recipe_file(path: Path) -> RecipeFile:
    """Read what the panel needs.

    Raises:
        InvalidRequest: it cannot be read, or is no TOML.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:  # no UTF-8 and no TOML are ValueErrors
        raise InvalidRequest(
            f"{path.name} is no recipe: {error}.", advice="Choose a TOML file of this program."
        ) from error
    data, schedule = (
        part if isinstance(part := table.get(name), dict) else {} for name in ("data", "schedule")
    )
    folders, scales = data.get("folders"), table.get("scale")
    names = folders if isinstance(folders, list) else []
    return RecipeFile(
        path,
        _text(table.get("title")) or path.stem,
        _text(table.get("model")) or None,
        _count(scales[0] if isinstance(scales, list) and scales else scales),
        tuple(name for name in names if isinstance(name, str) and name != "."),
        _count(schedule.get("steps")),
    )


def shipped_recipes() -> tuple[RecipeFile, ...]:
    """Return the recipes that come with the program, but for the general one, by title."""
    files = (resource_folder() / "recipes").glob("*.toml")
    recipes = (read_recipe_file(path) for path in files if path.stem != _GENERAL)
    return tuple(sorted(recipes, key=lambda recipe: recipe.title.casefold()))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
