"""How to enlarge a picture, and how large it becomes: no torch, so that forms can ask."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.models._conditions import Conditions
from sr_studio.tasks._spec import Flag, Help, Range, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_SCALE = 2

_LARGEST_PX = 1_000_000  # a side of the result: beyond lies a slip of the finger
_SMALLEST_TILE_PX = 16


@dataclass(frozen=True, slots=True)
class UpscaleSettings:
    """How to enlarge; of `scale`, `size` and `long_edge` at most one may be given.

    Raises:
        InvalidRequest: two of them are, or `size` or `tile` cannot be read.
    """

    model: Annotated[str, Flag(metavar="ID"), Help("network; see: sr-studio models")] = "photo"
    weights: Annotated[str | None, Flag(metavar="ID"), Help("other weights than the best")] = None
    scale: Annotated[
        int | None,
        Range(1, 16),
        Help(f"enlarge the sides by this (default {DEFAULT_SCALE}; 1 to remove noise only)"),
    ] = None
    size: Annotated[
        str | None, Flag(metavar="WxH"), Help("exact size; 1920x or x1080: the other side follows")
    ] = None
    long_edge: Annotated[
        int | None, Range(1, _LARGEST_PX), Unit("px"), Help("longer side of the result")
    ] = None
    strength: Annotated[
        float, Range(0, 1), Help("1 is the network, 0 the faithful bicubic enlargement")
    ] = 1.0
    blur_sigma: Annotated[
        float | None,
        Range(0, 4),
        Unit("px"),
        Flag(names=("--kernel-sigma", "--blur-sigma")),
        Help("Gaussian blur before the picture was made small, for networks that can be told"),
    ] = None
    noise_sigma: Annotated[
        float | None,
        Range(0, 75),
        Help("noise of the picture, of 255, for networks that can be told"),
    ] = None
    match_tone: Annotated[bool, Help("give the result the tone of the source")] = False
    tile: Annotated[
        str, Flag(metavar="auto|off|PX"), Help("side of the tiles; a number is never changed")
    ] = "auto"
    precision: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"],
        Help("of the arithmetic; auto: half for 8-bit pictures where it is faster"),
    ] = "auto"
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def __post_init__(self) -> None:
        given = [each for each in (self.scale, self.size, self.long_edge) if each is not None]
        if len(given) > 1:
            raise InvalidRequest(
                "Scale, size and long edge exclude each other.", advice="Give only one of them."
            )
        if self.size is not None:
            _parse_size(self.size)
        parse_tile(self.tile)

    @property
    def conditions(self) -> Conditions:
        """What the network is told of the picture."""
        return Conditions(self.blur_sigma, self.noise_sigma)


def settle_scale(settings: UpscaleSettings, scales: Sequence[int]) -> UpscaleSettings:
    """Return `settings` with a size in any case: a network of scale 1 keeps the picture's own."""
    if (settings.scale, settings.size, settings.long_edge) != (None, None, None):
        return settings
    return replace(settings, scale=1 if max(scales) == 1 else DEFAULT_SCALE)


def result_size(width: int, height: int, settings: UpscaleSettings) -> tuple[int, int]:
    """Return (width, height) of the result for a source of this size."""
    if settings.size is not None:
        wanted_width, wanted_height = _parse_size(settings.size)
        factor = (wanted_width or 0) / width or (wanted_height or 0) / height
        return (
            wanted_width or max(1, round(width * factor)),
            wanted_height or max(1, round(height * factor)),
        )
    if settings.long_edge is not None:
        factor = settings.long_edge / max(width, height)
        return max(1, round(width * factor)), max(1, round(height * factor))
    scale = settings.scale or DEFAULT_SCALE
    return width * scale, height * scale


def _parse_size(text: str) -> tuple[int | None, int | None]:
    """Return (width, height) of "1920x1080", "1920x" or "x1080".

    Raises:
        InvalidRequest: it is none of these, or out of bounds.
    """
    found = re.fullmatch(r"\s*(\d*)\s*[xX×]\s*(\d*)\s*", text)
    sides = [int(side) for side in found.groups() if side] if found else []
    if found is None or not sides or not all(1 <= side <= _LARGEST_PX for side in sides):
        raise InvalidRequest(
            f"{text!r} is not a size.", advice="Write it like 1920x1080, 1920x or x1080."
        )
    return (int(found[1]) if found[1] else None), (int(found[2]) if found[2] else None)


def parse_tile(text: str) -> int | Literal["auto", "off"]:
    """Return the tile size that `text` says.

    Raises:
        InvalidRequest: it says none.
    """
    if text == "auto":
        return "auto"
    if text == "off":
        return "off"
    if not text.isdecimal() or int(text) < _SMALLEST_TILE_PX:
        raise InvalidRequest(
            f"{text!r} is not a tile size.",
            advice=f"Write auto, off, or a number of pixels from {_SMALLEST_TILE_PX} on.",
        )
    return int(text)
