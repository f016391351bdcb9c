from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource, PixelSource, level_region
from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.compare_view import CompareView, Pane

Show = Callable[..., CompareView]


def flat_source(colour: tuple[int, int, int], width: int = 300, height: int = 200) -> BufferSource:
    return BufferSource(ImageBuffer(np.full((height, width, 3), colour, np.uint8)))


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class MapOfItself:
    """A picture of any size whose colours tell where a pixel lies: (x mod 256, y mod 256, step)."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.reads: list[tuple[Region, int]] = []

    def read(self, region: Region, step: int) -> np.ndarray:
        self.reads.append((region, step))
        level = level_region(region, step)
        pixels = np.empty((level.height, level.width, 3), np.uint8)
        pixels[..., 0] = (np.arange(level.x, level.right) * step)[None, :] & 255
        pixels[..., 1] = (np.arange(level.y, level.bottom) * step)[:, None] & 255
        pixels[..., 2] = step
        return pixels

    def describe(self, x: int, y: int) -> str:
        return f"{x & 255} {y & 255} 1"

    def is_prepared(self, step: int) -> bool:
        return True

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        raise AssertionError("it is prepared")


class GatedSource:
    """Reads of this source wait until `gate` is set; one that needs preparing, until it is."""

    def __init__(self, source: PixelSource, *, is_prepared: bool = True) -> None:
        self.width, self.height = source.width, source.height
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.preparing = threading.Event()
        self.prepared = threading.Event()
        self.stopped = threading.Event()
        if is_prepared:
            self.prepared.set()
        self.reads = 0
        self._source = source

    def read(self, region: Region, step: int) -> np.ndarray:
        self.reads += 1
        self.entered.set()
        assert self.gate.wait(20)
        pixels = self._source.read(region, step)
        return pixels if self.prepared.is_set() else 255 - pixels

    def describe(self, x: int, y: int) -> str:
        return self._source.describe(x, y)

    def is_prepared(self, step: int) -> bool:
        return self.prepared.is_set()

    def prepare(self, step: int, is_stopped: Callable[[], bool]) -> None:
        self.preparing.set()
        while not self.prepared.wait(0.005):
            if is_stopped():
                self.stopped.set()
                return


def is_settled(view: CompareView) -> bool:
    """Whether everything in sight is there as good as it gets."""
    pictures = [picture for pane in view._views.shown for picture in pane.shown_pictures()]
    return all(picture.is_complete(view.state.view) for picture in pictures)


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    """Open a compare view on these sources and wait until they are there."""

    def open_view(
        sources: Sequence[PixelSource], *, width: int = 640, height: int = 480, wait: bool = True
    ) -> CompareView:
        view = CompareView()
        qtbot.addWidget(view)
        view.resize(width, height)
        view.show()
        view.setFocus()
        titles = ("Bicubic", "Deep", "Truth", "Fourth")
        view.set_panes(
            [Pane(title, source) for title, source in zip(titles, sources, strict=False)]
        )
        if wait:
            qtbot.waitUntil(lambda: is_settled(view))
        return view

    return open_view
