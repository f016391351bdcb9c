"""Holds the settings of this run and writes them down."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from sr_studio.settings import Settings, load_settings, save_settings

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.settings import FormValues

_log = logging.getLogger(__name__)


class SettingsKeeper(QObject):
    """The one place where the window's settings change; GUI thread only."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._now = load_settings(path)

    @property
    def now(self) -> Settings:
        return self._now

    def change(self, **changes: Any) -> None:
        self._now = replace(self._now, **changes)
        self.changed.emit()

    def form(self, panel: str) -> FormValues:
        return self._now.forms.get(panel, {})

    def keep_form(self, panel: str, values: FormValues) -> None:
        self.change(
            forms=MappingProxyType({**self._now.forms, panel: MappingProxyType({**values})})
        )

    def write(self) -> None:
        """Write them down; a folder that cannot be written costs the settings, not the work."""
        try:
            save_settings(self._now, self._path)
        except OSError as error:
            _log.info("settings were not kept: %s", error)
