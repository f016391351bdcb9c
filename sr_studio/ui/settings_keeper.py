"""Holds the settings of this run and writes them down."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from sr_studio.settings import Settings, load_settings, save_settings

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.settings import FormValues

_log = logging.getLogger(__name__)

_WRITE_AFTER_MS = 1000  # a program that is killed must not forget what was set before


class SettingsKeeper(QObject):
    """The one place where the window's settings change; GUI thread only."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._now = load_settings(path)
        self._writing = QTimer(self, singleShot=True, interval=_WRITE_AFTER_MS)
        self._writing.timeout.connect(self.write)

    @property
    def now(self) -> Settings:
        return self._now

    def change(self, **changes: Any) -> None:
        before, self._now = self._now, replace(self._now, **changes)
        if self._now != before:
            self._writing.start()
        self.changed.emit()

    def form(self, panel: str) -> FormValues:
        return self._now.forms.get(panel, {})

    def keep_form(self, panel: str, values: FormValues) -> None:
        self.change(
            forms=MappingProxyType({**self._now.forms, panel: MappingProxyType({**values})})
        )

    @Slot()
    def write(self) -> None:
        """Write them down; a folder that cannot be written costs the settings, not the work."""
        self._writing.stop()
        try:
            save_settings(self._now, self._path)
        except OSError as error:
            _log.info("settings were not kept: %s", error)
