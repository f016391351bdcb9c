"""Measures the versions of a photo against itself, whole and in view, as fast as one looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from sr_studio.imaging.resize import imresize
from sr_studio.tasks.compare import ComparePicturesRequest

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.control import JobContext
    from sr_studio.metrics.picture import PictureMetrics
    from sr_studio.ui.job_desk import JobDesk, TrackedJob


@dataclass(frozen=True, slots=True, eq=False)
class EnlargeRequest:
    """The bicubic enlargement that every network has to beat."""

    image: ImageBuffer
    size: tuple[int, int]

    def run(self, context: JobContext) -> ImageBuffer:
        context.checkpoint()
        pixels = imresize(self.image.pixels, size=self.size)
        context.checkpoint()
        return replace(self.image, pixels=pixels, alpha=None)


class TruthMetrics(QObject):
    """Signals: changed, `captions` are others now."""

    changed = Signal()

    def __init__(self, desk: JobDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._versions: tuple[ImageBuffer, ...] = ()
        self._truth: ImageBuffer | None = None
        self._shave_px = 0
        self._region: Region | None = None
        self._whole_job: TrackedJob | None = None
        self._view_job: TrackedJob | None = None
        self._whole: tuple[PictureMetrics, ...] = ()
        self._view: tuple[PictureMetrics, ...] = ()

    def captions(self) -> tuple[str, ...]:
        """Return a line for each version: whole picture, then the part in view."""
        lines = [_line(metrics, decibel=" dB", ssim="SSIM ") for metrics in self._whole]
        for index, metrics in enumerate(self._view[: len(lines)]):
            lines[index] += self.tr(" | view %1").replace("%1", _line(metrics))
        return tuple(lines)

    def measure(
        self, versions: tuple[ImageBuffer, ...], truth: ImageBuffer, *, shave_px: int
    ) -> None:
        """Measure these versions; what is measured already is not measured again."""
        is_same = truth is self._truth and len(versions) == len(self._versions)
        if is_same and all(a is b for a, b in zip(versions, self._versions, strict=True)):
            return
        self._versions, self._truth, self._shave_px = versions, truth, shave_px
        self._whole = self._view = ()
        self._whole_job = self._start(None, "truth-whole")
        self._whole_job.succeeded.connect(self._on_whole)
        if self._region is not None:
            self.look_at(self._region)

    def look_at(self, region: Region) -> None:
        """Measure the part in view too."""
        self._region = region
        if self._truth is None:
            return
        self._view_job = self._start(region, "truth-view")
        self._view_job.succeeded.connect(self._on_view)
        self._view_job.failed.connect(self._on_view_failed)

    def clear(self) -> None:
        for job in (self._whole_job, self._view_job):
            if job is not None:
                job.cancel()
        self._versions, self._truth = (), None
        self._whole_job = self._view_job = None
        self._whole = self._view = ()

    def _start(self, region: Region | None, group: str) -> TrackedJob:
        if self._truth is None:
            raise ValueError("there is no truth to measure against")
        return self._desk.start(
            ComparePicturesRequest(self._versions, self._truth, self._shave_px, region),
            title=self.tr("Measure"),
            on="files",
            supersedes=group,
            is_listed=False,
            tells_failure=region is None,
        )

    @Slot(object)
    def _on_whole(self, metrics: tuple[PictureMetrics, ...]) -> None:
        if self.sender() is self._whole_job:
            self._whole, self._whole_job = metrics, None
            self.changed.emit()

    @Slot(object)
    def _on_view(self, metrics: tuple[PictureMetrics, ...]) -> None:
        if self.sender() is self._view_job:
            self._view, self._view_job = metrics, None
            self.changed.emit()

    @Slot()
    def _on_view_failed(self) -> None:
        """Nobody asked for these figures: a view of the border alone has none."""
        if self.sender() is self._view_job:
            self._view, self._view_job = (), None
            self.changed.emit()


def _line(metrics: PictureMetrics, *, decibel: str = "", ssim: str = "") -> str:
    """Return PSNR and SSIM with their unit and name, where these are not said already."""
    parts = []
    if metrics.psnr is not None:
        parts.append((f"{metrics.psnr:.2f}" if math.isfinite(metrics.psnr) else "∞") + decibel)
    if metrics.ssim is not None:
        parts.append(f"{ssim}{metrics.ssim:.3f}")
    return " · ".join(parts)
