"""How to enlarge a picture, and how large it becomes: no torch, so that forms can ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._spec import Flag, Help, Range, Unit

DEFAULT_SCALE = 2

_LARGEST_PX = 1_000_000  # a side of the result: beyond lies a slip of the finger
_SMALLEST_TILE_PX = 16


@dataclass(frozen=True, slots=True)
class UpscaleSettings:
    """How to enlarge. Of `size`, `long_edge` and `scale` the first that is given counts.

    Raises:
        InvalidRequest: `size` or `tile` cannot be read.
    """

    model: Annotated[str, Flag(metavar="ID"), Help("network; see: sr-studio models")] = "compact"
    weights: Annotated[str | None, Flag(metavar="ID"), Help("other weights than the best")] = None
    scale: Annotated[
        int | None, Range(1, 16), Help(f"enlarge the sides by this (default {DEFAULT_SCALE})")
    ] = None
    size: Annotated[str | None, Flag(metavar="WxH"), Help("exact size of the result")] = None
    long_edge: Annotated[
        int | None, Range(1, _LARGEST_PX), Unit("px"), Help("longer side of the result")
    ] = None
    strength: Annotated[
        float, Range(0, 1), Help("1 is the network, 0 the faithful bicubic enlargement")
    ] = 1.0
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
        if self.size is not None:
            _parse_size(self.size)
        parse_tile(self.tile)


def result_size(width: int, height: int, settings: UpscaleSettings) -> tuple[int, int]:
    """Return (width, height) of the result for a source of this size."""
    if settings.size is not None:
        return _parse_size(settings.size)
    if settings.long_edge is not None:
        factor = settings.long_edge / max(width, height)
        return max(1, round(width * factor)), max(1, round(height * factor))
    scale = settings.scale or DEFAULT_SCALE
    return width * scale, height * scale


def _parse_size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d+)\s*[x×]\s*(\d+)\s*", text, re.IGNORECASE)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= width <= _LARGEST_PX and 1 <= height <= _LARGEST_PX):
        raise InvalidRequest(
            f"{text!r} is not a size.", advice="Write width x height in pixels, such as 4000x3000."
        )
    return width, height


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
