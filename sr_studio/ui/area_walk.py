"""Walks with one key through the areas of a window: Tab alone would take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


def focus_next_area(areas: Sequence[QWidget], here: QWidget | None) -> None:
    """Give the focus to the first control of the area after the one that has it."""
    inside = [area is here or (here is not None and area.isAncestorOf(here)) for area in areas]
    start = inside.index(True) + 1 if True in inside else 0
    for area in [*areas[start:], *areas[:start]]:
        target = _first_focusable(area)
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)
            return


def _first_focusable(area: QWidget) -> QWidget | None:
    if not area.isVisible():
        return None
    for widget in (area, *area.findChildren(QWidget)):
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_tab and widget.isEnabled() and widget.isVisible():
            return widget
    return None
