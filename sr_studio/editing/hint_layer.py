"""The colour hints of a picture, and the changes to them that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.colorization.hints import Hint

_BYTES_OF_POINT = 200


@dataclass(slots=True, eq=False)
class HintEdit:
    """One change of the hints: put, moved, coloured anew, removed.

    Attributes:
        layer: that was changed.
        other: the hints before it; once it was taken back, those after it.
        text: for the menu.
    """

    layer: HintLayer
    other: tuple[Hint, ...]
    text: str

    @property
    def nbytes(self) -> int:
        return _BYTES_OF_POINT * sum(len(hint.points) for hint in self.other)

    def swap(self) -> Region:
        self.other, self.layer.hints = self.layer.hints, self.other
        return self.layer.whole


class HintLayer:
    """Hints over a picture, the later over the earlier.

    Attributes:
        hints: as they are now; never changed in place, so that it may cross threads.
        whole: all of the picture.
    """

    def __init__(self, width: int, height: int, hints: Sequence[Hint] = ()) -> None:
        self.whole = Region(0, 0, width, height)
        self.hints = tuple(hints)

    def add(self, hint: Hint, text: str) -> HintEdit:
        """Put a hint over the others; return the step for the history."""
        return self.replace_all((*self.hints, hint), text)

    def replace(self, index: int, hint: Hint, text: str) -> HintEdit:
        """Put another in the place of one."""
        return self.replace_all((*self.hints[:index], hint, *self.hints[index + 1 :]), text)

    def remove(self, index: int, text: str) -> HintEdit:
        """Take one away."""
        return self.replace_all((*self.hints[:index], *self.hints[index + 1 :]), text)

    def replace_all(self, hints: Sequence[Hint], text: str) -> HintEdit:
        """Take these instead of all."""
        edit = HintEdit(self, self.hints, text)
        self.hints = tuple(hints)
        return edit

    def find(self, x: float, y: float, slack_px: float) -> int | None:
        """Return the uppermost hint at a place of the picture, or within so many pixels of it."""
        for index in reversed(range(len(self.hints))):
            hint = self.hints[index]
            if hint.distance_px(x, y) <= max(slack_px, hint.radius_px):
                return index
        return None
