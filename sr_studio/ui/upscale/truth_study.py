"""What ground-truth mode needs to know: the degraded copy, the truth, and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from sr_studio.imaging.region import Region
from sr_studio.tasks.degrade import DegradePictureRequest
from sr_studio.ui.upscale.truth_metrics import EnlargeRequest, TruthMetrics

if TYPE_CHECKING:
    from sr_studio.degradations.recipe import Degradation
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.ui.documents import Outcome
    from sr_studio.ui.job_desk import JobDesk


class TruthStudy(QObject):
    """Makes the pictures of ground-truth mode behind the window, and keeps the last ones.

    Signals:
        changed: a picture that was asked for is there: ask again.
        measured: `captions` are others now.
    """

    changed = Signal()
    measured = Signal()

    def __init__(self, desk: JobDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._low: tuple[ImageBuffer, Degradation, ImageBuffer] | None = None
        self._bicubic: tuple[ImageBuffer, ImageBuffer] | None = None
        self._truth: tuple[ImageBuffer, ImageBuffer] | None = None
        self._metrics = TruthMetrics(desk, self)
        self._metrics.changed.connect(self.measured)

    def captions(self) -> tuple[str, ...]:
        return self._metrics.captions()

    def look_at(self, region: Region) -> None:
        self._metrics.look_at(region)

    def clear(self) -> None:
        """Measure no more: the mode is off, or no picture is shown."""
        self._metrics.clear()

    def known_observed(self, source: ImageBuffer, recipe: Degradation | None) -> ImageBuffer | None:
        """Return what is enlarged, None while the degraded copy of this source is not there."""
        if recipe is None:
            return source
        low = self._low
        return low[2] if low is not None and low[0] is source and low[1] == recipe else None

    def observed(self, source: ImageBuffer, recipe: Degradation | None) -> ImageBuffer | None:
        """Return what is enlarged; None, and `changed` later, where it has to be made first."""
        if recipe is None:
            self.clear()
        known = self.known_observed(source, recipe)
        if known is not None or recipe is None:
            return known
        job = self._desk.start(
            DegradePictureRequest(source, recipe),
            title=self.tr("Degrade the photo"),
            on="files",
            supersedes="degrade",
            is_listed=False,
        )

        def keep(low: ImageBuffer) -> None:
            self._low = (source, recipe, low)
            self.changed.emit()

        job.succeeded.connect(keep)
        return None

    def truth(self, source: ImageBuffer, size: tuple[int, int]) -> ImageBuffer:
        """Return the part of the source that the degraded copy stands for."""
        if (source.width, source.height) == size:
            return source
        known = self._truth
        if known is None or known[0] is not source or (known[1].width, known[1].height) != size:
            known = self._truth = (source, source.crop(Region(0, 0, *size)))
        return known[1]

    def measure(self, observed: ImageBuffer, truth: ImageBuffer, outcome: Outcome | None) -> None:
        """Measure bicubic, and the outcome if there is one, against the truth."""
        if self._bicubic is None or self._bicubic[0] is not observed:
            job = self._desk.start(
                EnlargeRequest(observed, (truth.width, truth.height)),
                title=self.tr("Enlarge by bicubic"),
                on="files",
                supersedes="bicubic",
                is_listed=False,
            )

            def keep(image: ImageBuffer) -> None:
                self._bicubic = (observed, image)
                self.changed.emit()

            job.succeeded.connect(keep)
            return
        versions = [self._bicubic[1]]
        if outcome is not None:
            versions.append(outcome.image)
        scale = round(truth.width / observed.width)
        self._metrics.measure(tuple(versions), truth, shave_px=scale)
