"""What the thread for files does when results are saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
from sr_studio.imaging.encode_image import SaveOptions, encode_image

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """Where a picture lies now, and what its format could not hold."""

    path: Path
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SavePictureRequest:
    """Writes one picture."""

    image: ImageBuffer
    path: Path
    options: SaveOptions

    def run(self, context: JobContext) -> SavedPicture:
        context.checkpoint()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return SavedPicture(self.path, encode_image(self.image, self.path, self.options))


@dataclass(frozen=True, slots=True, eq=False)
class SaveSheetRequest:
    """Writes the panes side by side as one PNG."""

    panes: tuple[SheetPane, ...]
    path: Path
    options: SaveOptions

    def run(self, context: JobContext) -> SavedPicture:
        context.checkpoint()
        sheet = comparison_sheet(self.panes)
        context.checkpoint()
        options = replace(self.options, file_format="png")
        return SavedPicture(self.path, encode_image(sheet, self.path, options))
