"""Enlarges the region in view before anything else, by the same code as the full run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.imaging.region import Region
from sr_studio.tasks.upscale import UpscalePictureRequest

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._networks import Networks
    from sr_studio.tasks.upscale import UpscaleResult, UpscaleSettings
    from sr_studio.ui.job_desk import JobDesk, TrackedJob

_DEBOUNCE_MS = 150
_TARGET_S = 1.0  # a preview that takes longer is no preview
_FIRST_PX = 192 * 192  # until this network's speed on this machine is known
_LEAST_PX, _MOST_PX = 64 * 64, 1536 * 1536
_MARGIN = 1.1  # a view a little larger than the budget is still done whole


@dataclass(frozen=True, slots=True, eq=False)
class PreviewWanted:
    """What to enlarge: the part of `image` that the viewer sees."""

    image: ImageBuffer
    settings: UpscaleSettings
    region: Region


class PreviewMaker(QObject):
    """Waits until the view rests, then asks for what it shows; a newer wish replaces it.

    Signals:
        ready: (wanted, result) of the newest wish only.
        busy_changed: `is_busy` is another.
    """

    ready = Signal(object, object)
    busy_changed = Signal()

    def __init__(self, desk: JobDesk, networks: Networks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._networks = networks
        self._wanted: PreviewWanted | None = None
        self._job: TrackedJob | None = None
        self._px_per_s: dict[tuple[str, str], float] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._start)

    @property
    def is_busy(self) -> bool:
        """Whether a preview is being made."""
        return self._job is not None

    def affordable(self, image: ImageBuffer, settings: UpscaleSettings, region: Region) -> Region:
        """Return the middle of `region` (source pixels), cut to what takes about a second."""
        region = region.intersect(Region(0, 0, image.width, image.height))
        rate = self._px_per_s.get((settings.model, settings.device))
        budget = _FIRST_PX if rate is None else min(max(rate * _TARGET_S, _LEAST_PX), _MOST_PX)
        area = region.width * region.height
        if area <= budget * _MARGIN:
            return region
        shrink = math.sqrt(budget / area)
        width = max(1, min(region.width, round(region.width * shrink)))
        height = max(1, min(region.height, round(region.height * shrink)))
        x = region.x + (region.width - width) // 2
        y = region.y + (region.height - height) // 2
        return Region(x, y, width, height)

    def want(self, wanted: PreviewWanted) -> None:
        """Ask for a preview once no newer wish has come for a moment."""
        if not wanted.region.is_empty:
            self._wanted = wanted
            self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._wanted = None
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.busy_changed.emit()

    @Slot()
    def _start(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        self._job = self._desk.start(
            UpscalePictureRequest(wanted.image, wanted.settings, wanted.region, self._networks),
            title=self.tr("Preview"),
            supersedes="preview",
            is_listed=False,
        )
        self._job.succeeded.connect(self._on_ready)
        self._job.ended.connect(self._on_ended)
        self.busy_changed.emit()

    @Slot(object)
    def _on_ready(self, result: UpscaleResult) -> None:
        wanted = self._wanted
        if self.sender() is not self._job or wanted is None:
            return
        area = wanted.region.width * wanted.region.height
        key = (wanted.settings.model, wanted.settings.device)
        self._px_per_s[key] = area / max(result.report.seconds, 1e-3)
        self.ready.emit(wanted, result)

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.busy_changed.emit()


def region_in_source(view: Region, source: ImageBuffer, size: tuple[int, int]) -> Region:
    """Return the source pixels under a region of the result."""
    x = view.x * source.width // size[0]
    y = view.y * source.height // size[1]
    right = -(-view.right * source.width // size[0])
    bottom = -(-view.bottom * source.height // size[1])
    return Region(x, y, right - x, bottom - y)


def covers(place: Region, cut: Region, factor: tuple[float, float]) -> bool:
    """Whether a patch of the result holds this region of the source."""
    slack = max(factor)
    return (
        place.x <= cut.x * factor[0] + slack
        and place.y <= cut.y * factor[1] + slack
        and place.right >= cut.right * factor[0] - slack
        and place.bottom >= cut.bottom * factor[1] - slack
    )
