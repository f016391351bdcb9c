"""The keys of the compare view, where the window has no menu for them or a key must be held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent
from typing_extensions import override

from sr_studio.ui.canvas.comparison import GAINS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.ui.canvas.compare_view import CompareView

FIXED_ZOOMS = {4: 0.25, 5: 0.5, 6: 1.0, 7: 2.0, 8: 4.0, 9: 8.0}
"""The digit and the zoom that it sets."""

_HOLD_S = 0.35
_PAN_PX = 64  # logical pixels
_LINE_STEP = 0.02
_LINE_TURN_DEG = 15.0
_K = Qt.Key
_ARROWS = {
    _K.Key_Left: (1, 0),
    _K.Key_Right: (-1, 0),
    _K.Key_Up: (0, 1),
    _K.Key_Down: (0, -1),
}
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class CompareKeys(QObject):
    """Watches a compare view and turns key presses into what it can do."""

    def __init__(self, view: CompareView) -> None:
        super().__init__(view)
        self._view = view
        self._before_since_s: float | None = None
        plain = Qt.KeyboardModifier.NoModifier
        named: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[], object]] = {
            (plain, _K.Key_Y): lambda: view.set_mode("side"),
            (_SHIFT, _K.Key_Y): lambda: view.set_mode("split"),
            (_ALT, _K.Key_Y): lambda: view.set_mode("stacked"),
            (plain, _K.Key_A): lambda: view.set_mode("flicker"),
            (plain, _K.Key_D): self._toggle_difference,
            (_SHIFT, _K.Key_D): self._toggle_sign,
            (plain, _K.Key_Comma): lambda: self._step_gain(-1),
            (plain, _K.Key_Period): lambda: self._step_gain(1),
            (_SHIFT, _K.Key_Bar): lambda: view.set_blink(not view.is_blinking),
            (plain, _K.Key_L): lambda: view.set_loupe(not view.has_loupe),
            (plain, _K.Key_N): lambda: view.set_smooth(not view.is_smooth),
            (plain, _K.Key_Z): view.toggle_fit,
            (plain, _K.Key_Home): view.zoom_to_fit,
            (_CTRL, _K.Key_0): view.zoom_to_fit,
            (_CTRL, _K.Key_1): lambda: view.set_zoom(1.0),
            (_CTRL, _K.Key_B): view.next_surround,
        }
        for modifiers in (plain, _SHIFT, _CTRL):
            named[modifiers, _K.Key_Plus] = view.zoom_in
            named[modifiers, _K.Key_Minus] = view.zoom_out
        named[plain, _K.Key_Equal] = view.zoom_in
        for digit, zoom in FIXED_ZOOMS.items():
            key = Qt.Key(_K.Key_0.value + digit)
            named[plain, key] = lambda zoom=zoom: view.set_zoom(zoom)  # type: ignore[misc]
        self._named = {QKeyCombination(*keys): run for keys, run in named.items()}

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusOut:
            self._view.set_hand(is_hand=False)
        if not isinstance(event, QKeyEvent):
            return False
        if kind == QEvent.Type.ShortcutOverride and self._must_have(event):
            event.accept()
            return True
        if kind == QEvent.Type.KeyPress:
            return self._press(event)
        return kind == QEvent.Type.KeyRelease and self._release(event)

    def _must_have(self, event: QKeyEvent) -> bool:
        """Whether a key comes here although the window has a shortcut for it."""
        if event.key() in (_K.Key_Backslash, _K.Key_Space):
            return True  # they can be held, which a shortcut cannot
        if event.key() in _ARROWS and _modifiers(event) == Qt.KeyboardModifier.NoModifier:
            return self._view.can_pan(*_ARROWS[Qt.Key(event.key())])
        return False

    def _press(self, event: QKeyEvent) -> bool:
        """Carry out a key; return whether it means something here."""
        key, modifiers = Qt.Key(event.key()), _modifiers(event)
        if key == _K.Key_Space:
            self._view.set_hand(is_hand=True)
            return True
        if key == _K.Key_Backslash:
            if not event.isAutoRepeat():
                self._before_since_s = time.monotonic()
                self._view.show_before(not self._view.is_before)
            return True
        if key in _ARROWS:
            return self._on_arrow(key, modifiers)
        run = self._named.get(QKeyCombination(modifiers, key))
        if run is None:
            return False
        run()
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return False
        if event.key() == _K.Key_Space:
            self._view.set_hand(is_hand=False)
            return True
        if event.key() == _K.Key_Backslash and self._before_since_s is not None:
            held_s = time.monotonic() - self._before_since_s
            self._before_since_s = None
            if held_s >= _HOLD_S:
                self._view.show_before(not self._view.is_before)
            return True
        return False

    def _on_arrow(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        dx, dy = _ARROWS[key]
        if modifiers == _SHIFT and self._view.comparison.effective_mode == "split":
            line = self._view.split_line
            shifted = line.shifted(-dx * _LINE_STEP)
            turned = line.turned_to(line.angle_deg - dy * _LINE_TURN_DEG)
            self._view.set_split_line(shifted if dx else turned)
            return True
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        return self._view.pan(dx * _PAN_PX, dy * _PAN_PX)

    def _toggle_difference(self) -> None:
        is_shown = self._view.mode == "difference"
        self._view.set_mode("side" if is_shown else "difference")

    def _toggle_sign(self) -> None:
        comparison = self._view.comparison
        self._view.set_difference(comparison.gain, is_signed=not comparison.is_signed)

    def _step_gain(self, by: int) -> None:
        comparison = self._view.comparison
        index = min(max(GAINS.index(comparison.gain) + by, 0), len(GAINS) - 1)
        self._view.set_difference(GAINS[index], is_signed=comparison.is_signed)


def _modifiers(event: QKeyEvent) -> Qt.KeyboardModifier:
    return event.modifiers() & ~_KEYPAD
