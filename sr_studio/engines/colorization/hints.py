"""Colours that the user knows at some places of a picture, and the small file that keeps them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from sr_studio.errors import SrStudioError
from sr_studio.imaging.atomic_file import atomic_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_VERSION = 1
_LEAST_RADIUS_PX = 1.0  # at the working size: a hint has its own cell of the colour map at least
_SUBPIXEL_BITS = 4
MOST_AB = 128.0  # of a hint, either way: more than any colour has
_MOST_PX = 1e7  # what is further away is no place in a picture
_MOST_THICKNESS_PX = 32767  # OpenCV draws no wider lines


@dataclass(frozen=True, slots=True)
class Hint:
    """A colour at a point or along a scribble.

    Attributes:
        points: (x, y) in pixels of the picture, at least one; several are joined by lines.
        radius_px: of the dot or the line, in pixels of the picture.
        ab: the colour, units of a and b; the picture gives it lightness.
    """

    points: tuple[tuple[float, float], ...]
    radius_px: float
    ab: tuple[float, float]

    @property
    def is_scribble(self) -> bool:
        return len(self.points) > 1

    def moved(self, dx: float, dy: float) -> Hint:
        """Return it elsewhere, by pixels of the picture."""
        return replace(self, points=tuple((x + dx, y + dy) for x, y in self.points))

    def distance_px(self, x: float, y: float) -> float:
        """Return how far a place is from the dot's middle or the line."""
        if not self.is_scribble:
            return math.hypot(x - self.points[0][0], y - self.points[0][1])
        line = np.array(self.points)
        start, along = line[:-1], np.diff(line, axis=0)
        length = np.maximum(np.square(along).sum(1), 1e-9)
        place = np.array([x, y])
        share = np.clip(((place - start) * along).sum(1) / length, 0, 1)
        nearest = start + along * share[:, None]
        return float(np.sqrt(np.square(nearest - place).sum(1).min()))


def hint_planes(
    hints: Sequence[Hint], picture_size: tuple[int, int], working_size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return (h, w, 3): a, b where they are known, 0 elsewhere; and 1 where they are, else 0.

    Args:
        hints: the later ones lie over the earlier.
        picture_size: (width, height) of the picture in whose pixels the hints are.
        working_size: (w, h).
    """
    width, height = working_size
    planes = np.zeros((height, width, 3), np.float32)
    scale = np.array([width / picture_size[0], height / picture_size[1]])
    for hint in hints:
        mask = np.zeros((height, width), np.uint8)
        radius_px = max(_LEAST_RADIUS_PX, hint.radius_px * float(scale.min()))
        radius_px = min(radius_px, width + height)  # all of it
        # a pixel's middle is at a half in the picture and at a whole number for OpenCV
        places = np.clip(np.array(hint.points) * scale - 0.5, 0, [width - 1, height - 1])
        if hint.is_scribble:
            line = np.rint(places * (1 << _SUBPIXEL_BITS)).astype(np.int32)
            thickness = min(max(1, round(2 * radius_px)), _MOST_THICKNESS_PX)
            cv2.polylines(
                mask, [line], isClosed=False, color=1, thickness=thickness, shift=_SUBPIXEL_BITS
            )
        else:
            rows, columns = np.ogrid[:height, :width]
            x, y = places[0]
            mask[(columns - x) ** 2 + (rows - y) ** 2 <= radius_px**2] = 1
            mask[round(y), round(x)] = 1
        planes[mask > 0] = (*hint.ab, 1.0)
    return planes


def hints_path(picture: Path) -> Path:
    """Return where the hints of a picture are kept: photo.jpg.hints.json, beside it."""
    return picture.with_name(f"{picture.name}.hints.json")


def write_hints(path: Path, hints: Sequence[Hint], picture_size: tuple[int, int]) -> None:
    """Write hints, the whole file or nothing; what stood there is replaced.

    Raises:
        CannotWrite: the disk is full or the folder does not allow it.
    """
    table = {
        "version": _VERSION,
        "width": picture_size[0],
        "height": picture_size[1],
        "hints": [
            {
                "points": [[round(x, 2), round(y, 2)] for x, y in hint.points],
                "radius_px": round(hint.radius_px, 2),
                "ab": [round(value, 2) for value in hint.ab],
            }
            for hint in hints
        ],
    }
    with atomic_file(path, overwrite=True) as file:
        file.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


def read_hints(path: Path, picture_size: tuple[int, int]) -> tuple[Hint, ...]:
    """Read hints; those for another size of the picture are brought to this one.

    Raises:
        SrStudioError: the file is not there or holds no hints.
    """
    try:
        table = json.loads(path.read_text("utf-8"))
        if table["version"] != _VERSION:
            raise SrStudioError(
                f"{path} holds colour hints of version {table['version']}, not {_VERSION}.",
                advice="Update SR Studio, or choose another file.",
            )
        scale = picture_size[0] / table["width"], picture_size[1] / table["height"]
        return tuple(_read_hint(each, scale) for each in table["hints"])
    except OSError as error:
        raise SrStudioError(
            f"{path} cannot be read: {error.strerror}.", advice="Check the file."
        ) from error
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise SrStudioError(
            f"{path} holds no colour hints.",
            advice="Choose a file that the Colorize panel has written, or delete it.",
        ) from error


def _read_hint(table: dict[str, Any], scale: tuple[float, float]) -> Hint:
    points = tuple((float(x) * scale[0], float(y) * scale[1]) for x, y in table["points"])
    a, b = (float(value) for value in table["ab"])
    radius_px = float(table["radius_px"]) * min(scale)
    places = [value for point in points for value in point]
    is_near = all(abs(value) <= _MOST_PX for value in places)  # never so for NaN
    is_colour = abs(a) <= MOST_AB and abs(b) <= MOST_AB
    if not points or not is_near or not is_colour or not 0 < radius_px <= _MOST_PX:
        raise ValueError(f"no hint: {table}")
    return Hint(points, radius_px, (a, b))
