"""What the thread for files does when results are saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.metrics.picture import compare_pictures

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
    """Writes bicubic, result and, in ground-truth mode, the truth side by side as one PNG."""

    observed: ImageBuffer
    result: ImageBuffer
    title: str
    truth: ImageBuffer | None
    path: Path
    options: SaveOptions

    def run(self, context: JobContext) -> SavedPicture:
        context.checkpoint()
        size = self.result.width, self.result.height
        bicubic = replace(
            self.observed, pixels=imresize(self.observed.pixels, size=size), alpha=None
        )
        context.checkpoint()
        panes = [
            SheetPane("Bicubic", self._caption(bicubic), bicubic),
            SheetPane(self.title, self._caption(self.result), self.result),
        ]
        if self.truth is not None:
            truth = self.truth.crop(Region(0, 0, *size))
            panes.append(SheetPane("Ground truth", f"{size[0]} × {size[1]}", truth))
        context.checkpoint()
        sheet = comparison_sheet(panes)
        context.checkpoint()
        options = replace(self.options, file_format="png")
        return SavedPicture(self.path, encode_image(sheet, self.path, options))

    def _caption(self, image: ImageBuffer) -> str:
        if self.truth is None:
            return f"{image.width} × {image.height}"
        truth = self.truth.crop(Region(0, 0, image.width, image.height))
        shave_px = round(image.width / self.observed.width)
        metrics = compare_pictures(image, truth, shave_px=shave_px, metrics=("psnr", "ssim"))
        parts = [] if metrics.psnr is None else [f"{metrics.psnr:.2f} dB"]
        parts += [] if metrics.ssim is None else [f"SSIM {metrics.ssim:.4f}"]
        return "  ".join(parts)
