"""Several versions of one picture side by side on one sheet, with labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sr_studio.imaging.colour import DisplayTransform
from sr_studio.imaging.image_buffer import ImageBuffer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_BACKGROUND = (36, 36, 36)
_TITLE = (240, 240, 240)
_CAPTION = (176, 176, 176)
_LONGEST_PX = 30_000  # of the sheet: beyond, many viewers refuse a PNG


@dataclass(frozen=True, slots=True, eq=False)
class SheetPane:
    """One version: all panes of a sheet have the same size."""

    title: str
    caption: str
    image: ImageBuffer


def comparison_sheet(
    panes: Sequence[SheetPane], *, columns: int | None = None, longest_px: int = _LONGEST_PX
) -> ImageBuffer:
    """Lay panes side by side at full size, or smaller where the sheet would exceed `longest_px`.

    Args:
        panes: in the order of reading.
        columns: in a row; None puts all into one.
        longest_px: of the sheet.

    Returns:
        uint8 sRGB; nothing of the panes' metadata.
    """
    if not panes:
        raise ValueError("a sheet needs one pane or more")
    width = max(pane.image.width for pane in panes)
    height = max(pane.image.height for pane in panes)
    columns = len(panes) if columns is None else min(columns, len(panes))
    rows = math.ceil(len(panes) / columns)
    shrink = min(1.0, longest_px / (columns * width), longest_px / (rows * height))
    width, height = max(1, round(width * shrink)), max(1, round(height * shrink))
    text_px = max(12, min(64, width // 26))
    gap_px = text_px
    head_px = round(text_px * 3.4)
    sheet = Image.new(
        "RGB",
        (columns * (width + gap_px) + gap_px, rows * (head_px + height + gap_px)),
        _BACKGROUND,
    )
    draw = ImageDraw.Draw(sheet)
    for index, pane in enumerate(panes):
        x = gap_px + index % columns * (width + gap_px)
        y = index // columns * (head_px + height + gap_px)
        _write(draw, (x, y + round(text_px * 0.6)), pane.title, text_px, _TITLE, width)
        _write(
            draw, (x, y + round(text_px * 1.95)), pane.caption, round(text_px * 0.8), _CAPTION,
            width,
        )  # fmt: skip
        shown = Image.fromarray(_shown(pane.image))
        if shown.size != (width, height):
            shown = shown.resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(shown, (x, y + head_px))
    return ImageBuffer(np.array(sheet))


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size_px: int,
    colour: tuple[int, int, int],
    width: int,
) -> None:
    """Write `text`, smaller where it would not fit the width."""
    text = text.replace("×", "x")  # Pillow's own font has no multiplication sign
    font = ImageFont.load_default(size_px)
    length = draw.textlength(text, font)
    if length > width:
        font = ImageFont.load_default(max(6, size_px * width / length))
    draw.text(at, text, colour, font)


def _shown(image: ImageBuffer) -> NDArray[np.uint8]:
    show = DisplayTransform(image.origin.icc_profile, is_gray=image.is_gray)
    shown = show(image.pixels)
    if image.alpha is not None:
        alpha = image.alpha[..., np.newaxis] / image.white
        shown = np.rint(shown * alpha + 128 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(shown)
