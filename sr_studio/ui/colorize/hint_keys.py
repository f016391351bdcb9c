"""The keys of colour hints while the picture has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.canvas.hint_tool import HintTool
    from sr_studio.ui.colorize.hint_controls import HintControls

_SIZE_FACTOR = 1.15
_FAR_PX = 10.0  # of the screen, that an arrow moves the selected hint
_K = Qt.Key
_PLAIN, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = {_K.Key_Left: (-1, 0), _K.Key_Right: (1, 0), _K.Key_Up: (0, -1), _K.Key_Down: (0, 1)}


class HintKeys(QObject):
    """Watches the canvas: keys put, choose, size and remove hints, without a mouse.

    Return puts a hint in the middle of what is in view, H selects the next; Ctrl and an arrow
    move the selected one, with Shift by one pixel of the screen.
    """

    def __init__(self, view: CompareView, tool: HintTool, controls: HintControls) -> None:
        super().__init__(view)
        self._view = view
        self._tool = tool
        self._controls = controls
        self.is_active = False
        self._named: dict[QKeyCombination, Callable[[], object]] = {
            QKeyCombination(_PLAIN, _K.Key_P): lambda: controls.choose("point"),
            QKeyCombination(_PLAIN, _K.Key_B): lambda: controls.choose("scribble"),
            QKeyCombination(_PLAIN, _K.Key_V): controls.marks_button.toggle,
            QKeyCombination(_PLAIN, _K.Key_S): controls.suggest_button.click,
            QKeyCombination(_PLAIN, _K.Key_H): tool.select_next,
            QKeyCombination(_PLAIN, _K.Key_Return): self._put,
            QKeyCombination(_PLAIN, _K.Key_Delete): tool.remove_selected,
            QKeyCombination(_PLAIN, _K.Key_Backspace): tool.remove_selected,
            QKeyCombination(_PLAIN, _K.Key_BracketLeft): lambda: self._size(1 / _SIZE_FACTOR),
            QKeyCombination(_PLAIN, _K.Key_BracketRight): lambda: self._size(_SIZE_FACTOR),
        }

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
            far_px = (1.0 if modifiers & _SHIFT else _FAR_PX) * self._view.devicePixelRatioF()
            dx, dy = (step * far_px / self._view.zoom for step in _ARROWS[key])
            return lambda: self._controls.shift_wanted.emit(dx, dy)
        return self._named.get(QKeyCombination(modifiers, key))

    def _put(self) -> None:
        seen = self._view.visible_region
        self._tool.put(seen.x + seen.width / 2, seen.y + seen.height / 2)

    def _size(self, factor: float) -> None:
        hint = self._tool.hint
        radius_px = self._tool.radius_px if hint is None else hint.radius_px
        step = 1 if factor > 1 else -1  # small ones would never leave their whole pixel
        wanted = round(radius_px * factor)
        self._controls.radius_spin.setValue(wanted if wanted != round(radius_px) else wanted + step)
