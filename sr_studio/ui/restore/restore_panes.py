"""The pictures of a restoration, as panes of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from sr_studio.imaging.pixel_source import BufferSource, EnlargedSource, PixelSource
from sr_studio.ui.canvas.compare_view import Pane

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._restore_pictures import ClassicalRestoration


class RestorePanes:
    """Makes panes; keeps the sources of what stays, for their pyramids took time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, tuple[int, int]], tuple[ImageBuffer, PixelSource]] = {}

    def build(
        self,
        observed: ImageBuffer,
        restored: ImageBuffer | None,
        truth: ImageBuffer | None,
        classical: ClassicalRestoration | None,
        *,
        caption: str,
    ) -> tuple[Pane, ...]:
        """Return what was given, what came of it and what should come of it.

        Args:
            observed: enlarged where `restored` is larger.
            restored: at the moment that is shown; None before the first.
            truth: if it is known.
            classical: what a method without a network made of it; None leaves it out.
            caption: of the restored picture.
        """
        whole = observed if restored is None else restored
        size = whole.width, whole.height
        is_same = size == (observed.width, observed.height)
        before = _words("Original") if is_same else _words("Bicubic")
        panes = [Pane(before, self._source(observed, size))]
        if restored is not None:
            panes.append(Pane(_words("Restored"), BufferSource(restored), caption))
        if classical is not None and (classical.image.width, classical.image.height) == size:
            known = "" if classical.psnr is None else f" · {classical.psnr:.2f} dB"
            panes.append(
                Pane(
                    _words("Without network"),
                    self._source(classical.image, size),
                    classical.title + known,
                )
            )
        if truth is not None and (truth.width, truth.height) == size:
            panes.append(Pane(_words("Ground truth"), self._source(truth, size)))
        return tuple(panes)

    def _source(self, image: ImageBuffer, size: tuple[int, int]) -> PixelSource:
        key = (id(image), size)
        if key not in self._kept:
            is_same = size == (image.width, image.height)
            made = BufferSource(image) if is_same else EnlargedSource(image, size, "bicubic")
            self._kept = dict(list(self._kept.items())[-4:])
            self._kept[key] = image, made
        return self._kept[key][1]


def _words(text: str) -> str:
    return QCoreApplication.translate("RestorePanes", text)
