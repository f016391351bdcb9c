"""Keeps measured figures on disk, so that a run of hours goes on where it was interrupted."""

from __future__ import annotations

import json
import math
import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from sr_studio.errors import CannotWrite
from sr_studio.tasks._output_files import write_text

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1
_SAVE_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class PictureFigures:
    """What was measured of one picture; None where it is too small."""

    psnr: float | None
    ssim: float | None
    seconds: float


class KeptFigures:
    """A JSON file of figures; one of another version counts as empty and is replaced.

    Args:
        path: of the file; its folder is made.

    Raises:
        CannotWrite: at once where the file cannot be written, or is something else. Later troubles
            end the keeping, not the work: see `trouble`.
    """

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        self._path = path
        self._figures: dict[str, dict[str, PictureFigures]] = _read(path)
        self._is_changed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(
                f"The folder {path.parent} cannot be made: {error.strerror}.",
                advice="Name another file with --cache.",
            ) from error
        self._write()

    def find(self, key: str, picture: str) -> PictureFigures | None:
        """Return the figures of a picture; `key` says all that they depend on."""
        return self._figures.get(key, {}).get(picture)

    def forget(self, key: str) -> None:
        """Forget the figures of all pictures."""
        self._is_changed = self._figures.pop(key, None) is not None or self._is_changed

    def keep(self, key: str, picture: str, figures: PictureFigures) -> None:
        """Remember, and save now and then."""
        self._figures.setdefault(key, {})[picture] = figures
        self._is_changed = True
        if time.monotonic() - self._saved_s >= _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write what is not saved yet; never raises."""
        if self._is_changed and not self.trouble:
            try:
                self._write()
            except CannotWrite as error:
                self.trouble = f"{error.message} {error.advice}".rstrip()

    def _write(self) -> None:
        plain = {
            key: {name: astuple(figures) for name, figures in pictures.items()}
            for key, pictures in self._figures.items()
        }
        write_text(
            self._path,
            json.dumps({"version": _VERSION, "figures": plain}, indent=1),
            overwrite=True,
        )
        self._saved_s = time.monotonic()
        self._is_changed = False


def _read(path: Path) -> dict[str, dict[str, PictureFigures]]:
    try:
        kept = json.loads(path.read_text("utf-8"))
        if kept["version"] != _VERSION:
            return {}
        return {
            key: {name: _figures(values) for name, values in pictures.items()}
            for key, pictures in kept["figures"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be read: {error.strerror}.", advice="Name another file with --cache."
        ) from error
    except (ValueError, TypeError, LookupError, AttributeError):
        raise CannotWrite(
            f"{path} is no file of measured figures, so it was not replaced.",
            advice="Remove it, or name another file with --cache.",
        ) from None


def _figures(values: Any) -> PictureFigures:
    psnr, ssim, seconds = values
    if not isinstance(seconds, (int, float)) or math.isnan(seconds):
        raise TypeError(f"seconds are a number, not {seconds!r}")
    known = [value for value in (psnr, ssim) if value is not None]
    if not all(isinstance(value, (int, float)) for value in known):
        raise TypeError(f"figures are numbers, not {known}")
    return PictureFigures(psnr, ssim, seconds)
