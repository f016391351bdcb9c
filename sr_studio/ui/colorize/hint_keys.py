"""The keys of colour hints while the picture has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from typing_extensions import override

from sr_studio.ui.canvas.tool_keys import ToolKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.canvas.hint_tool import HintTool
    from sr_studio.ui.colorize.hint_controls import HintControls

_SIZE_FACTOR = 1.15
_K = Qt.Key
_PLAIN = Qt.KeyboardModifier.NoModifier


class HintKeys(ToolKeys):
    """Keys put, choose, size and remove hints, without a mouse.

    Return puts a hint in the middle of what is in view, H selects the next; Ctrl and an arrow
    move the selected one.
    """

    def __init__(self, view: CompareView, tool: HintTool, controls: HintControls) -> None:
        named: dict[QKeyCombination, Callable[[], object]] = {
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
        super().__init__(view, named)
        self._tool = tool
        self._controls = controls

    @override
    def _move(self, dx: float, dy: float) -> None:
        self._controls.shift_wanted.emit(dx, dy)

    def _put(self) -> None:
        seen = self._view.visible_region
        self._tool.put(seen.x + seen.width / 2, seen.y + seen.height / 2)

    def _size(self, factor: float) -> None:
        hint = self._tool.hint
        radius_px = self._tool.radius_px if hint is None else hint.radius_px
        step = 1 if factor > 1 else -1  # small ones would never leave their whole pixel
        wanted = round(radius_px * factor)
        self._controls.radius_spin.setValue(wanted if wanted != round(radius_px) else wanted + step)
