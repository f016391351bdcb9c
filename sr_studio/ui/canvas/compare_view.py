"""Several pictures compared: side by side, parted by a line, in turns, or by their difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from sr_studio.ui.canvas.canvas_area import CanvasArea
from sr_studio.ui.canvas.compare_keys import CompareKeys
from sr_studio.ui.canvas.comparison import Comparison, Mode, Pane, Surround
from sr_studio.ui.canvas.loupe import Loupe
from sr_studio.ui.canvas.navigation import Navigation
from sr_studio.ui.canvas.pane_chips import PaneChips
from sr_studio.ui.canvas.pane_views import PaneViews
from sr_studio.ui.canvas.picture_shelf import PictureShelf
from sr_studio.ui.canvas.readout import Readout
from sr_studio.ui.canvas.tile_cache import TileCache
from sr_studio.ui.canvas.tile_loader import TileLoader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QPaintEvent

    from sr_studio.imaging.region import Region
    from sr_studio.ui.canvas.canvas_tool import CanvasTool
    from sr_studio.ui.canvas.split_line import SplitLine

__all__ = ["CompareView", "Mode", "Pane", "Surround"]

_DIVIDER = QColor(70, 70, 70)
_BLINK_MS = 600


class CompareView(CanvasArea):
    """Shows panes in one of five modes; pan and zoom are the same for all of them.

    Signals:
        hovered: (str) the pixel under the pointer and its values in each pane; empty beside them.
        mode_changed: (str)
        before_changed: (bool) whether A stands in the place of everything else.
        loupe_changed: (bool)
    """

    hovered = Signal(str)
    mode_changed = Signal(str)
    before_changed = Signal(bool)
    loupe_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture comparison"))
        self._panes: tuple[Pane, ...] = ()
        self._comparison = Comparison()
        self._has_loupe = False
        self._loader = TileLoader(TileCache(), self)
        self._shelf = PictureShelf(self._loader)
        self._navigation = Navigation(self.state, self)
        self._views = PaneViews(self, self.state, self._loader, self._navigation)
        self._chips = PaneChips(self)
        self._loupe = Loupe(self._loader, self)
        self._readout = Readout(self.state, self._navigation, self._loupe)
        self.installEventFilter(CompareKeys(self))
        self._blink = QTimer(self)
        self._blink.setInterval(_BLINK_MS)
        self._placeholder: QWidget = QLabel(self.tr("No picture is open."), self)
        self._placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._blink.timeout.connect(self._on_blink)
        self._readout.changed.connect(self.hovered)
        self._views.split.line_moved.connect(self._place_chips)
        self._chips.chosen.connect(self._use)
        self.state.zoom_changed.connect(self._on_zoom)
        self.smooth_changed.connect(self._use_look)
        self.surround_changed.connect(self._use_look)
        self._use_look()

    @property
    def panes(self) -> tuple[Pane, ...]:
        return self._panes

    @property
    def comparison(self) -> Comparison:
        """How the panes are compared now."""
        return self._comparison

    @property
    def mode(self) -> Mode:
        return self._comparison.mode

    @property
    def is_before(self) -> bool:
        return self._comparison.is_before

    @property
    def is_blinking(self) -> bool:
        return self._blink.isActive()

    @property
    def has_loupe(self) -> bool:
        return self._has_loupe

    @property
    def split_line(self) -> SplitLine:
        return self._views.split.line

    def set_panes(self, panes: Sequence[Pane], *, keep_view: bool = True) -> None:
        """Compare these pictures.

        Args:
            panes: none shows the placeholder. A source that is here already keeps its tiles.
            keep_view: they show the same things as the last ones, so the same part stays in view;
                otherwise the whole picture is shown.
        """
        self._views.hold_frames(is_same_scene=keep_view)
        self._panes = tuple(panes)
        self._shelf.use([pane.source for pane in panes])
        pair = self._comparison.first, self._comparison.second
        first, second = pair if max(pair) < len(panes) else (0, 1)
        if panes:
            width = max(pane.source.width for pane in panes)
            height = max(pane.source.height for pane in panes)
            self.state.set_picture_size(width, height, keep_view=keep_view)
        self._loupe.set_pictures(self._shelf.pictures, [pane.title for pane in panes])
        self._readout.set_panes(panes)
        self.setAccessibleDescription(", ".join(pane.title for pane in panes))
        self._use(replace(self._comparison, count=len(panes), first=first, second=second))

    def set_caption(self, index: int, text: str) -> None:
        """Change the line under a pane's title."""
        panes = list(self._panes)
        panes[index] = replace(panes[index], caption=text)
        self._panes = tuple(panes)
        self._chips.show_comparison(self._comparison, self._panes)
        self._place_chips()

    def set_placeholder(self, widget: QWidget) -> None:
        """Show this widget while there are no panes; it becomes a child of this one."""
        self._placeholder.hide()
        self._placeholder.deleteLater()
        self._placeholder = widget
        widget.setParent(self)
        self._arrange()

    @override
    @Slot()
    def toggle_fit(self) -> None:
        """Change between the whole picture and 100 % of what lies under the pointer."""
        self.state.toggle_fit(self._readout.pointer)

    def set_tool(self, tool: CanvasTool | None) -> None:
        """Give the plain mouse to a tool, or with None back to panning."""
        self._views.set_tool(tool)

    @Slot(object)
    def update_region(self, region: Region) -> None:
        """Paint this part of every picture again, because the tool draws something else there."""
        for view in self._views.shown:
            view.update_region(region)

    @Slot(str)
    def set_mode(self, mode: Mode) -> None:
        if mode != "flicker":
            self._blink.stop()
        self._use(replace(self._comparison, mode=mode, is_blinked=False))

    @Slot(int, int)
    def set_pair(self, first: int, second: int) -> None:
        """Choose by index which panes are A and B."""
        self._use(replace(self._comparison, first=first, second=second))

    def set_difference(self, gain: int, *, is_signed: bool) -> None:
        """Choose from `comparison.GAINS` how much differences are amplified."""
        self._use(replace(self._comparison, gain=gain, is_signed=is_signed))

    def set_split_line(self, line: SplitLine) -> None:
        self._views.split.set_line(line)

    @Slot(bool)
    def show_before(self, is_before: bool) -> None:  # noqa: FBT001  a slot of Qt's signals
        """Show A in the place of everything else."""
        self._use(replace(self._comparison, is_before=is_before))

    @Slot(bool)
    def set_blink(self, is_on: bool) -> None:  # noqa: FBT001  a slot of Qt's signals
        """Let A and B change places by themselves, in mode "flicker"."""
        self.set_mode("flicker" if is_on else self.mode)
        if is_on:
            self._blink.start()
        else:
            self._blink.stop()

    @Slot(bool)
    def set_loupe(self, is_on: bool) -> None:  # noqa: FBT001  a slot of Qt's signals
        if is_on != self._has_loupe:
            self._has_loupe = is_on
            self._arrange()
            self.loupe_changed.emit(is_on)

    def set_hand(self, *, is_hand: bool) -> None:
        """While the hand is on, a plain drag pans whatever tool is set."""
        self._navigation.set_hand(is_hand=is_hand)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.set_blink(False)
        self._loader.stop()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), _DIVIDER if self._panes else self.surround_colour)
        if self._panes:
            painter.fillRect(self._views.spare, self.surround_colour)
        painter.end()

    @Slot(object)
    def _use(self, comparison: Comparison) -> None:
        """Show the panes as `comparison` says and tell what has changed."""
        old, self._comparison = self._comparison, comparison
        if not comparison.is_difference_shown:
            self._shelf.drop_difference()
        self._chips.show_comparison(comparison, self._panes)
        self._arrange()
        self._views.show(comparison, self._shelf, self._panes)
        if comparison.mode != old.mode:
            self.mode_changed.emit(comparison.mode)
        if comparison.is_before != old.is_before:
            self.before_changed.emit(comparison.is_before)

    @override
    def _arrange(self) -> None:
        """Lay out the views, and what lies over them."""
        self._views.arrange(self._comparison)
        has_panes = bool(self._panes)
        self._placeholder.setVisible(not has_panes)
        self._placeholder.setGeometry(self.rect())
        self._loupe.setVisible(self._has_loupe and has_panes)
        self._loupe.raise_()
        if self._loupe.isVisible():
            self._readout.point_loupe(self._views.shown[0])
        self._place_chips()
        self.update()

    @Slot()
    def _place_chips(self) -> None:
        self._chips.place(self._views.rects, self.split_line)

    @Slot()
    def _use_look(self) -> None:
        self._views.set_look(self.surround_colour, is_smooth=self.is_smooth)
        self._loupe.set_smooth(is_smooth=self.is_smooth)
        self.update()

    @Slot(float)
    def _on_zoom(self, zoom: float) -> None:
        if self._panes:
            self._chips.show_zoom(zoom, is_fit=self.state.is_fit)

    @Slot()
    def _on_blink(self) -> None:
        self._use(replace(self._comparison, is_blinked=not self._comparison.is_blinked))
