"""What the canvas shows while pictures are enlarged, and from which pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.imaging.pixel_source import (
    BufferSource,
    EnlargedSource,
    MapSource,
    PatchedSource,
    PixelSource,
)
from sr_studio.ui.canvas.compare_view import Pane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.ui.documents import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that decides what the canvas shows.

    Attributes:
        observed: what is enlarged: the source, or its degraded copy.
        size: (width, height) of the result.
        title: of the network; "" where none can run.
        outcome: the full result; may be of settings gone by, then `is_current` is False.
        patches: previews of the present settings: where in the result, and what.
        truth: in ground-truth mode.
        error_map: the check's map, as a further pane; None shows none.
        caption: under the title of the result.
    """

    observed: ImageBuffer
    size: tuple[int, int]
    title: str
    outcome: Outcome | None
    is_current: bool
    patches: tuple[tuple[Region, ImageBuffer], ...]
    truth: ImageBuffer | None
    error_map: NDArray[np.uint8] | None
    caption: str


@dataclass(frozen=True, slots=True)
class PaneTitles:
    """Words for the user, translated; `source` stands where nothing was enlarged."""

    source: str
    before: str
    truth: str
    error_map: str


class PaneBuilder:
    """Makes panes; keeps the sources of what is still shown, for their pyramids took time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, tuple[int, int] | None], tuple[ImageBuffer, PixelSource]] = {}
        self._used: set[tuple[int, tuple[int, int] | None]] = set()

    def build(self, scene: Scene, titles: PaneTitles) -> tuple[Pane, ...]:
        self._used.clear()
        before = self._enlarged(scene.observed, scene.size)
        is_same_size = scene.size == (scene.observed.width, scene.observed.height)
        panes = [Pane(titles.source if is_same_size else titles.before, before)]
        if scene.title:
            panes.append(Pane(scene.title, self._after(scene, before), scene.caption))
        if scene.truth is not None:
            panes.append(Pane(titles.truth, self._whole(scene.truth)))
        if scene.error_map is not None:
            panes.append(Pane(titles.error_map, MapSource(scene.error_map, *scene.size)))
        self._kept = {key: kept for key, kept in self._kept.items() if key in self._used}
        return tuple(panes)

    def _after(self, scene: Scene, before: PixelSource) -> PixelSource:
        outcome = scene.outcome
        if outcome is None:
            base = before
        elif (outcome.image.width, outcome.image.height) == scene.size:
            base = self._whole(outcome.image)
        else:  # the old result stays until the new one is there, whatever its size
            base = self._enlarged(outcome.image, scene.size)
        if scene.is_current or not scene.patches:
            return base
        return PatchedSource(base, scene.patches)

    def _whole(self, image: ImageBuffer) -> PixelSource:
        return self._keep(image, None, BufferSource(image))

    def _enlarged(self, image: ImageBuffer, size: tuple[int, int]) -> PixelSource:
        return self._keep(image, size, EnlargedSource(image, size, "bicubic"))

    def _keep(
        self, image: ImageBuffer, size: tuple[int, int] | None, made: PixelSource
    ) -> PixelSource:
        key = (id(image), size)
        self._used.add(key)
        return self._kept.setdefault(key, (image, made))[1]
