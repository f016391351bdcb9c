"""What is compared and how: the state of the compare view, without widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from sr_studio.imaging.pixel_source import PixelSource

Mode: TypeAlias = Literal["side", "stacked", "split", "flicker", "difference"]
Surround: TypeAlias = Literal["dark", "gray", "white"]

GAINS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """One of the compared pictures; all of them share the coordinates of the result.

    Attributes:
        title: a word or two: "Bicubic".
        source: its pixels. The same object again keeps the tiles that were read.
        caption: a line under the title: "31.45 dB  SSIM 0.883".
        has_marks: what a tool has drawn lies over it; a preview of what comes of it is seen plainly.
    """

    title: str
    source: PixelSource
    caption: str = ""
    has_marks: bool = True


class Shown(NamedTuple):
    """What one view shows: panes by index; `other` beyond the line or in waiting, or None."""

    pane: int
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the panes are compared.

    Attributes:
        count: how many panes there are.
        mode: as the user chose it.
        first: index of A, the picture before.
        second: index of B, the one after.
        is_before: A is shown in the place of everything else.
        is_blinked: the timed blink is at A.
        gain: what differences are multiplied by.
        is_signed: differences keep their sign, zero is mid-gray.
    """

    count: int = 0
    mode: Mode = "side"
    first: int = 0
    second: int = 1
    is_before: bool = False
    is_blinked: bool = False
    gain: int = 8
    is_signed: bool = False

    @property
    def has_pair(self) -> bool:
        return self.count > 1

    @property
    def effective_mode(self) -> Mode:
        """The mode that is possible: a single picture has nothing to be compared with."""
        return self.mode if self.has_pair else "side"

    @property
    def is_difference_shown(self) -> bool:
        return self.effective_mode == "difference" and not self.is_before

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What each view shows, from the left or from above."""
        mode = self.effective_mode
        if mode in ("side", "stacked"):
            return tuple(Shown(self.first if self.is_before else i) for i in range(self.count))
        if mode == "split":
            return (Shown(self.first, self.first if self.is_before else self.second),)
        if mode == "flicker":
            pair = self.first, self.second
            return (Shown(*(pair if self.is_before != self.is_blinked else pair[::-1])),)
        return (Shown(self.first),)

    def letter(self, pane: int) -> str:
        """Return "A" or "B" for the panes that are held against each other."""
        if not self.has_pair:
            return ""
        return {self.first: "A", self.second: "B"}.get(pane, "")
