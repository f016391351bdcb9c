"""The keys of the mask's tools while the picture has the focus."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent
from typing_extensions import override

from sr_studio.ui.canvas.canvas_tool import ToolEvent
from sr_studio.ui.inpaint.mask_controls import TOOL_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.canvas.mask_tool import MaskTool
    from sr_studio.ui.inpaint.mask_controls import MaskControls
    from sr_studio.ui.inpaint.mask_look_controls import MaskLookControls

_SIZE_FACTOR = 1.15
_HARDNESS_STEP = 0.1
_FAR_PX = 10.0  # of the screen, that an arrow moves the keyboard's pointer
_K = Qt.Key
_PLAIN, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = {_K.Key_Left: (-1, 0), _K.Key_Right: (1, 0), _K.Key_Up: (0, -1), _K.Key_Down: (0, 1)}


class MaskKeys(QObject):
    """Watches the canvas: keys choose tools, size the brush, and draw without a mouse.

    Ctrl and an arrow move the pointer, with Shift by one pixel of the screen; Return presses the
    button and lets it go again.
    """

    def __init__(
        self,
        view: CompareView,
        tool: MaskTool,
        controls: MaskControls,
        look: MaskLookControls,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._tool = tool
        self.is_active = False
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
        self._named = named

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.is_active or not isinstance(event, QKeyEvent):
            return False
        run = self._meaning(event)
        if run is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            run()
            return True
        return False

    def _meaning(self, event: QKeyEvent) -> Callable[[], object] | None:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~_KEYPAD
        if key in _ARROWS and modifiers & _CTRL:
            far_px = 1.0 if modifiers & _SHIFT else _FAR_PX
            dx, dy = _ARROWS[key]
            return lambda: self._step(dx * far_px, dy * far_px)
        return self._named.get(QKeyCombination(modifiers, key))

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

    def _step(self, dx: float, dy: float) -> None:
        x, y = self._place()
        ratio = self._view.devicePixelRatioF() / self._view.zoom
        self._tool.move(ToolEvent(x + dx * ratio, y + dy * ratio))

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
