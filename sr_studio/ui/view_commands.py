"""Connects the commands of the View menu with the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from sr_studio.ui.actions import ZOOM_KEYS, Actions

if TYPE_CHECKING:
    from sr_studio.ui.canvas.compare_view import CompareView, Mode
    from sr_studio.ui.settings_keeper import SettingsKeeper

_MODES: tuple[Mode, ...] = ("side", "split", "stacked", "flicker", "difference")
_VISITED: tuple[Mode, ...] = ("flicker", "difference")  # their key leads back too


class ViewCommands(QObject):
    """Keeps the canvas, the actions and the settings in step."""

    def __init__(
        self, view: CompareView, actions: Actions, settings: SettingsKeeper, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._actions = actions
        self._settings = settings
        self._lasting: Mode = "side"
        for mode in _MODES:
            actions[mode].triggered.connect(self._on_mode)
        for digit in ZOOM_KEYS:
            actions[f"zoom_{digit}"].triggered.connect(self._on_zoom)
        actions["toggle_fit"].triggered.connect(view.toggle_fit)
        actions["before"].toggled.connect(view.show_before)
        actions["loupe"].toggled.connect(view.set_loupe)
        actions["smooth"].toggled.connect(view.set_smooth)
        view.mode_changed.connect(self._follow_mode)
        view.before_changed.connect(actions["before"].setChecked)
        view.loupe_changed.connect(actions["loupe"].setChecked)
        view.smooth_changed.connect(actions["smooth"].setChecked)
        view.surround_changed.connect(self._keep_surround)
        actions["surround"].triggered.connect(view.next_surround)
        view.set_surround(settings.now.surround)
        actions["smooth"].setChecked(view.is_smooth)
        self._use_mode(settings.now.compare_mode)
        self._follow_mode(view.mode)

    @Slot()
    def _on_mode(self) -> None:
        name = self.sender().objectName()
        is_back = name == self._view.mode and name in _VISITED
        self._use_mode(self._lasting if is_back else name)

    def _use_mode(self, name: str) -> None:
        """A name that is no mode, from settings of another version, is side by side."""
        self._view.set_mode(next((mode for mode in _MODES if mode == name), "side"))

    @Slot(str)
    def _follow_mode(self, mode: str) -> None:
        self._actions[mode].setChecked(True)
        if mode not in _VISITED:
            self._lasting = next(known for known in _MODES if known == mode)
        self._settings.change(compare_mode=mode)

    @Slot()
    def _on_zoom(self) -> None:
        digit = int(self.sender().objectName().rpartition("_")[2])
        self._view.set_zoom(ZOOM_KEYS[digit])

    @Slot(str)
    def _keep_surround(self, surround: str) -> None:
        self._settings.change(surround=surround)
