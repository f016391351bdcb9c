"""Chooses the colour of the selected hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from sr_studio.imaging.lab import lab_to_rgb
from sr_studio.ui.colorize.ab_plane import AbPlane
from sr_studio.ui.colorize.swatches import Swatches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.colorization.palette import LikelyColour

AB = tuple[float, float]

_MOST_RECENT = 8
_SAME_AB = 3.0  # units within which a colour is one of the recent ones already


class ColourControls(QWidget):
    """What the network thinks likely, what was used lately, and the plane of all colours.

    Signals:
        chosen: (a, b)
        settled: the choice is made, not only looked at on the way.
    """

    chosen = Signal(float, float)
    settled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.likely = Swatches()
        self.recent = Swatches()
        self.plane = AbPlane()
        self._words = QLabel()
        self._words.setObjectName("dimText")
        self._words.setWordWrap(True)
        self._chooser = QWidget()
        self._likely_colours: tuple[AB, ...] = ()
        self._recent_colours: list[AB] = []
        self._lightness = 60.0
        self._ab: AB | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._words)
        column.addWidget(self._chooser)
        rows = QGridLayout(self._chooser)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.setColumnStretch(1, 1)
        self._likely_title = QLabel(self.tr("Likely"))
        rows.addWidget(self._likely_title, 0, 0)
        rows.addWidget(self.likely, 0, 1)
        rows.addWidget(QLabel(self.tr("Recent")), 1, 0)
        rows.addWidget(self.recent, 1, 1)
        rows.addWidget(self.plane, 2, 0, 1, 2)
        self.likely.chosen.connect(self._on_likely)
        self.recent.chosen.connect(self._on_recent)
        self.plane.chosen.connect(self._on_plane)
        self.plane.settled.connect(self.settled)
        self.show_hint(None, 60.0, ())

    def show_hint(self, ab: AB | None, lightness: float, likely: Sequence[LikelyColour]) -> None:
        """Show the colour of the selected hint and what else is likely there.

        Args:
            ab: None where no hint is selected.
            lightness: L of the picture at the hint.
            likely: the most likely first.
        """
        has_hint = ab is not None
        self._ab, self._lightness = ab, lightness
        self._likely_colours = tuple(colour.ab for colour in likely)
        self._words.setText(self.tr("Click into the picture to put a colour hint."))
        self._words.setVisible(not has_hint)
        self._chooser.setVisible(has_hint)
        for widget in (self._likely_title, self.likely):
            widget.setVisible(bool(likely))  # only a network knows
        words = [self.tr("%1 % likely").replace("%1", f"{100 * c.share:.0f}") for c in likely]
        self.likely.show_colours(list(zip(self._paints(self._likely_colours), words, strict=True)))
        self._show_recent()
        self.plane.show_colours(lightness, ab, self._likely_colours)

    def remember(self, ab: AB) -> None:
        """Put a colour first among those used lately."""
        others = [each for each in self._recent_colours if _distance(each, ab) > _SAME_AB]
        self._recent_colours = [ab, *others][:_MOST_RECENT]
        self._show_recent()

    def _show_recent(self) -> None:
        paints = self._paints(self._recent_colours)
        words = [_name(ab) for ab in self._recent_colours]
        self.recent.show_colours(list(zip(paints, words, strict=True)))

    def _paints(self, colours: Sequence[AB]) -> list[tuple[int, int, int]]:
        """Return sRGB of these, on the lightness of the hint."""
        return [paint_of(ab, self._lightness) for ab in colours]

    def _choose(self, ab: AB) -> None:
        self.chosen.emit(*ab)
        self.settled.emit()

    @Slot(int)
    def _on_likely(self, index: int) -> None:
        self._choose(self._likely_colours[index])

    @Slot(int)
    def _on_recent(self, index: int) -> None:
        self._choose(self._recent_colours[index])

    @Slot(float, float)
    def _on_plane(self, a: float, b: float) -> None:
        self._ab = (a, b)
        self.plane.show_colours(self._lightness, self._ab, self._likely_colours)
        self.chosen.emit(a, b)


def paint_of(ab: AB, lightness: float) -> tuple[int, int, int]:
    """Return 8-bit sRGB of a colour at an L; black and white are shown as grays that have it."""
    visible = min(max(lightness, 20.0), 90.0)
    rgb = lab_to_rgb(np.array([[[visible, *ab]]], np.float32))[0, 0]
    red, green, blue = (round(255 * float(value)) for value in rgb)
    return red, green, blue


def _name(ab: AB) -> str:
    return f"a {ab[0]:.0f}, b {ab[1]:.0f}"


def _distance(one: AB, other: AB) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
