"""What the network is told of the picture: blur and noise, for the few that can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from sr_studio.tasks.upscale import UpscaleSettings
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.section import Section

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from sr_studio.settings import FormValues


class ToldForm(Section):
    """Shows what the network of the moment takes, nothing where it takes nothing.

    Signals:
        changed: a value is another now.
    """

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        words = {
            "blur_sigma": self.tr("Blur before it was made small"),
            "noise_sigma": self.tr("Noise in the picture"),
        }
        self._forms = {name: RequestForm(UpscaleSettings, (name,), titles=words) for name in words}
        for form in self._forms.values():
            form.changed.connect(self.changed)
            self.add(form)
        self.offer(())

    def offer(self, names: Collection[str]) -> None:
        """Show these fields, of `UpscaleSettings`, alone."""
        self._offered = tuple(names)
        for name, form in self._forms.items():
            form.setVisible(name in names)
        self.setVisible(bool(names))

    def values(self) -> dict[str, Any]:
        """Return what is told to the network of the moment."""
        return {name: self._forms[name].values()[name] for name in self._offered}

    def stored(self) -> dict[str, Any]:
        """Return all values, hidden ones too."""
        return {name: form.values()[name] for name, form in self._forms.items()}

    def restore(self, values: FormValues) -> None:
        for form in self._forms.values():
            form.set_values(values)
