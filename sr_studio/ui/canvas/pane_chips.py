"""The chips over the panes: titles, captions, the amount of a difference, the zoom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QObject, QRect, Signal, Slot

from sr_studio.ui.canvas.chip import HudChip, TitleChip
from sr_studio.ui.canvas.comparison import Comparison, Pane
from sr_studio.ui.canvas.gain_chip import GainChip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from sr_studio.ui.canvas.split_line import SplitLine

_MARGIN_PX = 10
_Role = Literal["", "first", "second"]


class PaneChips(QObject):
    """Keeps the chips of a compare view in step with what it shows.

    Signals:
        chosen: (Comparison) the user wants it so.
    """

    chosen = Signal(object)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._comparison = Comparison()
        self._titles: list[TitleChip] = []
        self._roles: list[tuple[int, _Role]] = []
        self._gain = GainChip(owner)
        self._gain.chosen.connect(self.chosen)
        self._gain.hide()
        self._zoom = HudChip(owner)

    def show_comparison(self, comparison: Comparison, panes: Sequence[Pane]) -> None:
        """Name what is shown; `place` follows."""
        self._comparison = comparison
        if not panes:
            self._zoom.hide()
        self._roles = _roles_of(comparison) if panes else []
        while len(self._titles) < len(self._roles):
            chip = TitleChip(self._owner)
            chip.chosen.connect(self._on_chosen)
            self._titles.append(chip)
        names = [f"{comparison.letter(i)}  {p.title}".strip() for i, p in enumerate(panes)]
        for chip, (pane, role) in zip(self._titles, self._roles, strict=False):
            chip.set_text(names[pane], panes[pane].caption)
            chip.set_choices(names if role and len(panes) > 2 else [], pane)
            chip.show()
        for chip in self._titles[len(self._roles) :]:
            chip.hide()
        self._gain.setVisible(bool(panes) and comparison.is_difference_shown)
        self._gain.show_comparison(comparison)

    def place(self, views: Sequence[QRect], line: SplitLine) -> None:
        """Put the chips into the corners of the views."""
        if not views:
            return
        is_split = self._comparison.effective_mode == "split"
        width_px = views[0].width() // (2 if is_split else 1) - 2 * _MARGIN_PX
        below = _MARGIN_PX
        for index in range(len(self._roles)):
            chip = self._titles[index]
            chip.fit_into(width_px)
            if is_split:
                _move_to_side(chip, views[0], line, side=1 if index else -1)
            elif len(views) > 1:
                chip.move(views[index].x() + _MARGIN_PX, views[index].y() + _MARGIN_PX)
            else:
                chip.move(_MARGIN_PX, below)
                below += chip.height() + _MARGIN_PX // 2
            chip.raise_()
        self._gain.move(self._owner.width() - self._gain.width() - _MARGIN_PX, _MARGIN_PX)
        self._gain.raise_()
        self._place_zoom()

    def show_zoom(self, zoom: float, *, is_fit: bool) -> None:
        """Show for a moment how large the picture is: "Fit  19.8 %", "3200 %"."""
        percent = zoom * 100
        figures = f"{percent:.3g}" if percent < 100 else f"{percent:.0f}"
        self._zoom.show_text((self.tr("Fit") + "  " if is_fit else "") + f"{figures} %")
        self._place_zoom()

    def _place_zoom(self) -> None:
        x = (self._owner.width() - self._zoom.width()) // 2
        self._zoom.move(x, self._owner.height() - self._zoom.height() - _MARGIN_PX)

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        """Put another pane in the place of A or B; if it is the other one, they change places."""
        role = self._roles[self._titles.index(cast("TitleChip", self.sender()))][1]
        first, second = self._comparison.first, self._comparison.second
        if role == "first":
            pair = index, first if index == second else second
        else:
            pair = second if index == first else first, index
        self.chosen.emit(replace(self._comparison, first=pair[0], second=pair[1]))


def _roles_of(comparison: Comparison) -> list[tuple[int, _Role]]:
    """Return which pane each chip names, and whether it is there as A or as B."""
    mode = comparison.effective_mode
    shown = comparison.shown
    if mode in ("side", "stacked"):
        return [(each.pane, "") for each in shown]
    if mode == "split":
        # A side keeps its role while both show the picture before.
        return [(shown[0].pane, "first"), (shown[0].other or 0, "second")]
    if mode == "flicker":
        return [(shown[0].pane, "first" if shown[0].pane == comparison.first else "second")]
    if comparison.is_before:
        return [(comparison.first, "first")]
    return [(comparison.first, "first"), (comparison.second, "second")]


def _move_to_side(chip: TitleChip, view: QRect, line: SplitLine, *, side: int) -> None:
    """Put a chip into the corner that lies deepest on its side of the line."""
    right = view.width() - chip.width() - _MARGIN_PX
    bottom = view.height() - chip.height() - _MARGIN_PX
    corners = [(x, y) for y in (_MARGIN_PX, bottom) for x in (_MARGIN_PX, right)]

    def depth(corner: tuple[int, int]) -> float:
        middle = corner[0] + chip.width() / 2, corner[1] + chip.height() / 2
        # Rounded, so that of corners alike the first is taken: the upper left one.
        return round(side * line.distance(middle, view.width(), view.height()))

    x, y = max(corners, key=depth)
    chip.move(view.x() + x, view.y() + y)
