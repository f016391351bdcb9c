"""What the program remembers between two starts."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

_log = logging.getLogger(__name__)

Theme = Literal["system", "dark", "light"]
Surround = Literal["dark", "gray", "white"]
FormValues = Mapping[str, Any]
"""The last values of a panel's form: str, int, float, bool or None by field name."""

RECENT_FILES_KEPT = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """Frozen; a change makes a new one (`dataclasses.replace`), whoever needs it is passed it.

    Attributes:
        geometry: of the window, base64 as Qt gives it.
        layout: of docks and tool bars, base64 as Qt gives it.
        forms: panel id -> its last values.
    """

    theme: Theme = "system"
    surround: Surround = "dark"
    compare_mode: str = "side"
    panel: str = "upscale"
    geometry: str = ""
    layout: str = ""
    recent_files: tuple[str, ...] = ()
    open_folder: str = ""
    save_folder: str = ""
    name_template: str = "{name}_{model}_x{scale}"
    forms: Mapping[str, FormValues] = field(default_factory=lambda: MappingProxyType({}))


def load_settings(path: Path) -> Settings:
    """Read settings; whatever is missing, damaged or of the wrong kind takes its default."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:
        _log.info("settings start afresh: %s", error)
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    hints = get_type_hints(Settings)
    known = {name: stored[name] for name in hints if name in stored}
    fitting = {name: _fitted(value, hints[name]) for name, value in known.items()}
    return Settings(**{name: value for name, value in fitting.items() if value is not None})


def save_settings(settings: Settings, path: Path) -> None:
    """Write settings atomically.

    Raises:
        OSError: the folder cannot be written; the old file is unharmed.
    """
    values = {f.name: _plain(getattr(settings, f.name)) for f in fields(settings)}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(values, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def with_recent_file(settings: Settings, path: Path) -> tuple[str, ...]:
    """Return the recent files with `path` first, each once."""
    others = (name for name in settings.recent_files if name != str(path))
    return (str(path), *others)[:RECENT_FILES_KEPT]


def _fitted(value: object, hint: Any) -> Any:
    """Return `value` if it is of the kind that `hint` names, made immutable; else None."""
    if get_origin(hint) is Literal:
        return value if value in get_args(hint) else None
    if hint is str:
        return value if isinstance(value, str) else None
    if get_origin(hint) is tuple:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value)[:RECENT_FILES_KEPT] if is_list and isinstance(value, list) else None
    if not isinstance(value, dict):
        return None
    forms = {panel: form for panel, form in value.items() if isinstance(form, dict)}
    return MappingProxyType({panel: _fitted_form(form) for panel, form in forms.items()})


def _fitted_form(form: dict[str, object]) -> FormValues:
    kept = {name: v for name, v in form.items() if v is None or isinstance(v, str | int | float)}
    return MappingProxyType(kept)


def _plain(value: object) -> object:
    """Return `value` as JSON knows it."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
