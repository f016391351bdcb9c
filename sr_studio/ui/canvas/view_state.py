"""The pan and zoom that all panes share."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.ui.canvas.view_transform import ViewTransform

_SETTLE_MS = 150
_LARGE_PX = 3_000_000  # device pixels that can be drawn smoothly within a frame


class ViewState(QObject):
    """One ViewTransform and the wish to keep the whole picture in view when sizes change.

    Signals:
        changed: the view is another.
        zoom_changed: (float) 1.0 is one picture pixel per physical pixel.
        settled: nothing has changed for a moment.
    """

    changed = Signal()
    zoom_changed = Signal(float)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = ViewTransform(1, 1, 1, 1).fitted()
        self._is_fit = True
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._on_settled)

    @property
    def is_whole(self) -> bool:
        """False where the garbage collector has begun to take it apart, with the views on it."""
        return hasattr(self, "_view")

    @property
    def view(self) -> ViewTransform:
        return self._view

    @property
    def is_fit(self) -> bool:
        """Whether the whole picture stays in view when the window or picture changes size."""
        return self._is_fit

    def set_picture_size(self, width: int, height: int, *, keep_view: bool) -> None:
        """Show a picture of another size: the same part of it, or all of it."""
        self._is_fit = self._is_fit or not keep_view
        view = self._view.of_picture(width, height)
        self._use(view.fitted() if self._is_fit else view)

    def set_view_size(self, width: int, height: int) -> None:
        view = self._view.resized(width, height)
        self._use(view.fitted() if self._is_fit else view)

    @Slot()
    def zoom_to_fit(self) -> None:
        self._is_fit = True
        self._use(self._view.fitted())

    def zoom_to(self, zoom: float, about: tuple[float, float] | None = None) -> None:
        view = replace(self._view, is_hasty=False).zoomed(zoom, about)
        self._is_fit = view.zoom == view.fit_zoom
        self._use(view)

    def zoom_by(
        self, factor: float, about: tuple[float, float] | None = None, *, has_stops: bool = False
    ) -> None:
        """Zoom by a factor, as gestures do: in a large window softer until it settles.

        Args:
            factor: above 1 enlarges.
            about: the point of the view that stays.
            has_stops: do not pass "fit" or 100 % without halting there.
        """
        old, new = self._view.zoom, self._view.zoom * factor
        if has_stops:
            low, high = min(old, new), max(old, new)
            stops = [stop for stop in (self._view.fit_zoom, 1.0) if low < stop < high]
            new = min(stops, key=lambda stop: abs(stop - old), default=new)
        view = self._view.zoomed(new, about)
        self._is_fit = view.zoom == view.fit_zoom
        is_large = view.view_width * view.view_height > _LARGE_PX
        is_costly = is_large and view.zoom < 1 and not replace(view, is_hasty=False).is_crisp
        self._use(replace(view, is_hasty=is_costly))

    def toggle_fit(self, about: tuple[float, float] | None = None) -> None:
        """Go to 1:1 from anything that shows the whole picture, and to fit from elsewhere."""
        if self._is_fit and self._view.zoom != 1.0:
            self.zoom_to(1.0, about)
        else:
            self.zoom_to_fit()

    def pan(self, dx: float, dy: float) -> bool:
        """Move the picture by device pixels; return whether it moved."""
        view = self._view.panned(dx, dy)
        if view == self._view:
            return False
        self._is_fit = False
        self._use(view)
        return True

    def _use(self, view: ViewTransform) -> None:
        old, self._view = self._view, view
        if view == old:
            return
        self.changed.emit()
        if view.zoom != old.zoom:
            self.zoom_changed.emit(view.zoom)
        self._settling.start()

    @Slot()
    def _on_settled(self) -> None:
        if self._view.is_hasty:
            self._view = replace(self._view, is_hasty=False)
            self.changed.emit()
        self.settled.emit()
