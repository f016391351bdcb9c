"""The keys of the mask's tools while the picture has the focus."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from typing_extensions import override

from sr_studio.ui.canvas.canvas_tool import ToolEvent
from sr_studio.ui.canvas.tool_keys import ToolKeys
from sr_studio.ui.inpaint.mask_controls import TOOL_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.canvas.mask_tool import MaskTool
    from sr_studio.ui.inpaint.mask_controls import MaskControls
    from sr_studio.ui.inpaint.mask_look_controls import MaskLookControls

_SIZE_FACTOR = 1.15
_HARDNESS_STEP = 0.1
_K = Qt.Key
_PLAIN, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class MaskKeys(ToolKeys):
    """Keys choose tools, size the brush, and draw without a mouse.

    Ctrl and an arrow move the pointer; Return presses the button and lets it go again.
    """

    def __init__(
        self,
        view: CompareView,
        tool: MaskTool,
        controls: MaskControls,
        look: MaskLookControls,
    ) -> None:
        tip = tool.set_tip
        named: dict[QKeyCombination, Callable[[], object]] = {
            QKeyCombination(_PLAIN, _K.Key_BracketLeft): lambda: self._size(1 / _SIZE_FACTOR),
            QKeyCombination(_PLAIN, _K.Key_BracketRight): lambda: self._size(_SIZE_FACTOR),
            QKeyCombination(_SHIFT, _K.Key_BraceLeft): lambda: tip(
                hardness=tool.tip.hardness - _HARDNESS_STEP
            ),
            QKeyCombination(_SHIFT, _K.Key_BraceRight): lambda: tip(
                hardness=tool.tip.hardness + _HARDNESS_STEP
            ),
            QKeyCombination(_PLAIN, _K.Key_X): lambda: controls.choose(
                "brush" if tool.kind == "eraser" else "eraser"
            ),
            QKeyCombination(_PLAIN, _K.Key_V): look.next_show,
            QKeyCombination(_PLAIN, _K.Key_Return): self._toggle_press,
        }
        for kind, key in TOOL_KEYS.items():
            modifiers = _SHIFT if key.startswith("Shift+") else _PLAIN
            named[QKeyCombination(modifiers, Qt.Key[f"Key_{key[-1]}"])] = lambda kind=kind: (
                controls.choose(kind)
            )  # type: ignore[misc]
        super().__init__(view, named)
        self._tool = tool

    def _size(self, factor: float) -> None:
        diameter_px = self._tool.tip.diameter_px * factor
        step = 1 if factor > 1 else -1  # small ones would never leave their whole pixel
        changed = diameter_px if abs(diameter_px - self._tool.tip.diameter_px) >= 1 else None
        self._tool.set_tip(diameter_px=changed or self._tool.tip.diameter_px + step)

    def _place(self) -> tuple[float, float]:
        """Return the pointer, or the middle of what is in view."""
        seen = self._view.visible_region
        middle = seen.x + seen.width / 2, seen.y + seen.height / 2
        return self._tool.pointer or middle

    @override
    def _move(self, dx: float, dy: float) -> None:
        x, y = self._place()
        self._tool.move(ToolEvent(x + dx, y + dy))

    def _toggle_press(self) -> None:
        """Press, or let go; a second Return at a polygon's corner closes it."""
        tool, place = self._tool, self._place()
        event = ToolEvent(*place, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton)
        if tool.kind == "polygon":
            tool.press(replace(event, is_double=tool.last_corner == place))
        elif tool.is_drawing:
            tool.release(event)
        else:
            tool.press(event)
