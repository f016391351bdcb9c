"""A widget that shows pictures: its pan and zoom, and what surrounds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.view_state import ViewState

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from sr_studio.ui.canvas.comparison import Surround

_SURROUNDS: dict[Surround, QColor] = {
    "dark": QColor(30, 30, 30),
    "gray": QColor(119, 119, 119),  # reflects 18 %: half-way between black and white to the eye
    "white": QColor(255, 255, 255),
}
_ZOOM_STEP = 2**0.5


class CanvasArea(QWidget):
    """Owns the ViewState and the look that all of its views share.

    Signals:
        view_changed: (Region) the pixels in view, a moment after they have changed.
        zoom_changed: (float) 1.0 is one picture pixel per physical pixel.
        smooth_changed: (bool)
        surround_changed: (str)
    """

    view_changed = Signal(Region)
    zoom_changed = Signal(float)
    smooth_changed = Signal(bool)
    surround_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = ViewState(self)
        self.state.zoom_changed.connect(self.zoom_changed)
        self.state.settled.connect(self._on_settled)
        self._surround: Surround = "dark"
        self._is_smooth = True

    @property
    def zoom(self) -> float:
        return self.state.view.zoom

    @property
    def visible_region(self) -> Region:
        """The pixels of the picture that can be seen."""
        return self.state.view.visible

    @property
    def is_smooth(self) -> bool:
        return self._is_smooth

    @property
    def surround(self) -> Surround:
        return self._surround

    @property
    def surround_colour(self) -> QColor:
        return _SURROUNDS[self._surround]

    @Slot()
    def zoom_to_fit(self) -> None:
        self.state.zoom_to_fit()

    @Slot(float)
    def set_zoom(self, zoom: float) -> None:
        """Zoom about the middle; 1.0 is one picture pixel per physical pixel."""
        self.state.zoom_to(zoom)

    @Slot()
    def toggle_fit(self) -> None:
        """Change between the whole picture and 100 %."""
        self.state.toggle_fit()

    @Slot()
    def zoom_in(self) -> None:
        self.state.zoom_by(_ZOOM_STEP, has_stops=True)

    @Slot()
    def zoom_out(self) -> None:
        self.state.zoom_by(1 / _ZOOM_STEP, has_stops=True)

    def pan(self, dx: float, dy: float) -> bool:
        """Move the picture by logical pixels; return whether it moved."""
        ratio = self.devicePixelRatioF()
        return self.state.pan(dx * ratio, dy * ratio)

    def can_pan(self, dx: float, dy: float) -> bool:
        """Return whether the picture can move that way."""
        return self.state.view.panned(dx, dy) != self.state.view

    @Slot(bool)
    def set_smooth(self, is_smooth: bool) -> None:  # noqa: FBT001  a slot of Qt's signals
        """Interpolate above 100 %, or show pixels as squares."""
        if is_smooth != self._is_smooth:
            self._is_smooth = is_smooth
            self.smooth_changed.emit(is_smooth)

    @Slot(str)
    def set_surround(self, surround: Surround) -> None:
        if surround != self._surround:
            self._surround = surround
            self.surround_changed.emit(surround)

    @Slot()
    def next_surround(self) -> None:
        names = list(_SURROUNDS)
        self.set_surround(names[(names.index(self._surround) + 1) % len(names)])

    def _arrange(self) -> None:
        """Lay out what the area holds; called when its size or pixel ratio is another."""
        raise NotImplementedError

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._arrange()
        return super().event(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @Slot()
    def _on_settled(self) -> None:
        self.view_changed.emit(self.visible_region)
