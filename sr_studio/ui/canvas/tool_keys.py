"""The keys of a canvas tool while the picture has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sr_studio.ui.canvas.compare_view import CompareView

_FAR_PX = 10.0  # of the screen, that an arrow moves
_K = Qt.Key
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = {_K.Key_Left: (-1, 0), _K.Key_Right: (1, 0), _K.Key_Up: (0, -1), _K.Key_Down: (0, 1)}


class ToolKeys(QObject):
    """Watches the canvas: what keys mean goes before the shortcuts of the menus.

    Ctrl and an arrow move something, with Shift by one pixel of the screen.

    Args:
        view: the canvas.
        named: key -> what it does.

    Attributes:
        is_active: the tool has the canvas.
    """

    def __init__(
        self, view: CompareView, named: Mapping[QKeyCombination, Callable[[], object]]
    ) -> None:
        super().__init__(view)
        self.is_active = False
        self._view = view
        self._named = dict(named)

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

    def _move(self, dx: float, dy: float) -> None:
        """Move by pixels of the picture."""
        raise NotImplementedError

    def _meaning(self, event: QKeyEvent) -> Callable[[], object] | None:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~_KEYPAD
        if key in _ARROWS and modifiers & _CTRL:
            far_px = (1.0 if modifiers & _SHIFT else _FAR_PX) * self._view.devicePixelRatioF()
            dx, dy = (step * far_px / self._view.zoom for step in _ARROWS[key])
            return lambda: self._move(dx, dy)
        return self._named.get(QKeyCombination(modifiers, key))
