"""The views of a comparison, laid out for its mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor

from sr_studio.ui.canvas.image_view import ImageView
from sr_studio.ui.canvas.split_view import SplitView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from sr_studio.ui.canvas.canvas_tool import CanvasTool
    from sr_studio.ui.canvas.comparison import Comparison, Pane
    from sr_studio.ui.canvas.navigation import Navigation
    from sr_studio.ui.canvas.picture_shelf import PictureShelf
    from sr_studio.ui.canvas.tile_loader import TileLoader
    from sr_studio.ui.canvas.view_state import ViewState

_GAP_PX = 2
_MOST_IN_A_ROW = 4


class PaneViews(QObject):
    """One ImageView for each pane in sight, or the SplitView; all of them of one size."""

    def __init__(
        self, owner: QWidget, state: ViewState, loader: TileLoader, navigation: Navigation
    ) -> None:
        super().__init__(owner)
        self._owner = owner
        self._state = state
        self._loader = loader
        self._navigation = navigation
        self._single: list[ImageView] = []
        self.split = SplitView(state, loader, owner)
        self.split.hide()
        navigation.watch(self.split)
        self._shown: list[ImageView] = []
        self._surround = QColor(Qt.GlobalColor.black)
        self._is_smooth = True
        self._tool: CanvasTool | None = None

    @property
    def shown(self) -> list[ImageView]:
        return self._shown

    @property
    def rects(self) -> list[QRect]:
        """Where the views lie in their owner."""
        return [view.geometry() for view in self._shown]

    @property
    def spare(self) -> QRect:
        """What the last of several rows leaves free; empty where it is full."""
        if not self._shown:
            return QRect()
        area, last = self._owner.rect(), self._shown[-1].geometry()
        rest = QRect(area)
        rest.setTopLeft(QPoint(last.right() + 1 + _GAP_PX, last.top()))
        return rest if rest.width() >= last.width() else QRect()

    def hold_frames(self, *, is_same_scene: bool) -> None:
        for view in self._shown:
            view.hold_frame(is_same_scene=is_same_scene)

    def show(self, comparison: Comparison, shelf: PictureShelf, panes: Sequence[Pane]) -> None:
        """Give each view its picture; call `arrange` before where their number has changed."""
        pictures = shelf.pictures
        for view in [*self._single, self.split]:
            if view not in self._shown:
                view.set_picture(None)
        if comparison.is_difference_shown:
            self._shown[0].set_picture(shelf.difference(comparison))
            return
        for view, shown in zip(self._shown, comparison.shown, strict=True):
            marks = panes[shown.pane].has_marks
            other = None if shown.other is None else pictures[shown.other]
            if isinstance(view, SplitView) and shown.other is not None:
                both = marks, panes[shown.other].has_marks
                view.set_pictures(pictures[shown.pane], pictures[shown.other], has_marks=both)
            else:
                view.set_picture(pictures[shown.pane], standby=other, has_marks=marks)

    def arrange(self, comparison: Comparison) -> None:
        """Lay out as many views as the mode needs; the rest is hidden."""
        mode = comparison.effective_mode
        count = len(comparison.shown)
        if mode == "split":
            self._shown = [self.split]
        else:
            while len(self._single) < count:
                self._single.append(self._new_view())
            self._shown = self._single[:count]
        area = self._owner.rect()
        across, down = (1, count) if mode == "stacked" else self._side_by_side(count)
        width = (area.width() - (across - 1) * _GAP_PX) // max(across, 1)
        height = (area.height() - (down - 1) * _GAP_PX) // max(down, 1)
        for index, view in enumerate(self._shown):
            row, column = divmod(index, across)
            view.setGeometry(column * (width + _GAP_PX), row * (height + _GAP_PX), width, height)
        if self._shown:
            size = self._shown[0].size_px
            self._state.set_view_size(size.width(), size.height())
        for view in [*self._single, self.split]:
            view.setVisible(view in self._shown)

    def _side_by_side(self, count: int) -> tuple[int, int]:
        """Return columns and rows: one row, or those that show many pictures largest."""
        if count <= _MOST_IN_A_ROW:
            return count, 1
        area = self._owner.rect()
        view = self._state.view

        def zoom(down: int) -> float:
            across = math.ceil(count / down)
            return min(
                area.width() / across / view.picture_width,
                area.height() / down / view.picture_height,
            )

        down = max(range(1, count + 1), key=zoom)
        return math.ceil(count / down), down

    def set_look(self, surround: QColor, *, is_smooth: bool) -> None:
        self._surround, self._is_smooth = surround, is_smooth
        for view in [*self._single, self.split]:
            view.set_look(surround, is_smooth=is_smooth)

    def set_tool(self, tool: CanvasTool | None) -> None:
        self._tool = tool
        for view in [*self._single, self.split]:
            view.set_tool(tool)

    def _new_view(self) -> ImageView:
        view = ImageView(self._state, self._loader, self._owner)
        view.set_look(self._surround, is_smooth=self._is_smooth)
        view.set_tool(self._tool)
        self._navigation.watch(view)
        return view
