"""What a panel says about itself, and what it works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sr_studio.ui.canvas.compare_view import CompareView
    from sr_studio.ui.documents import Documents
    from sr_studio.ui.job_desk import JobDesk
    from sr_studio.ui.message_bar import MessageBar
    from sr_studio.ui.network_list import NetworkList
    from sr_studio.ui.settings_keeper import SettingsKeeper
    from sr_studio.ui.theme import ThemeSwitch
    from sr_studio.ui.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class Workplace:
    """Where panels meet: the documents, the jobs, the networks, the canvas."""

    desk: JobDesk
    networks: NetworkList
    documents: Documents
    settings: SettingsKeeper
    theme: ThemeSwitch
    view: CompareView
    messages: MessageBar
    middle: Workspace


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """The network and the scale with which one panel sends the user to another."""

    model: str
    scale: int


class Panel(QWidget):
    """The settings at the right and what they do; one is active at a time.

    Signals:
        busy_changed: `is_busy` is another.
        save_wanted: the user asks in the panel for what the File menu does.
        other_wanted: (panel id, NetworkChoice or None) the work goes on in another panel.
        history_changed: `undo_text` or `redo_text` is another.
    """

    busy_changed = Signal()
    save_wanted = Signal()
    other_wanted = Signal(str, object)
    history_changed = Signal()

    @property
    def undo_text(self) -> str:
        """What `undo` would take back; "" for nothing."""
        return ""

    @property
    def redo_text(self) -> str:
        """What `redo` would do again; "" for nothing."""
        return ""

    @property
    def is_busy(self) -> bool:
        """Whether a run of this panel is under way."""
        return False

    def activate(self) -> None:
        """The panel is shown: take the canvas."""

    def deactivate(self) -> None:
        """Another panel takes the canvas."""

    @Slot()
    def run_current(self) -> None:
        """Do the work on the picture that is shown."""

    @Slot()
    def run_all(self) -> None:
        """Do the work on every open picture that has no outcome yet."""

    @Slot()
    def cancel(self) -> None:
        """Stop what runs; what was there before stays."""

    def abandon(self) -> bool:
        """Leave what is being drawn; return whether there was something."""
        return False

    @Slot()
    def undo(self) -> None:
        """Take the last edit back."""

    @Slot()
    def redo(self) -> None:
        """Do again what was taken back."""

    def take_network(self, choice: NetworkChoice) -> None:
        """Another panel sends the user here, with this network; one without has no use for it."""

    def take_weights(self, paths: Sequence[Path]) -> None:
        """Files of weights were dropped; a panel without networks has no use for them."""


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel of the rail.

    Attributes:
        id: kept in the settings.
        title: one word under the icon.
        icon: a qtawesome name.
        order: place in the rail, from the top.
        run_words: of the menu's two commands: "Upscale", "Upscale all"; "" hides one.
        build: makes it, once.
    """

    id: str
    title: str
    icon: str
    order: int
    run_words: tuple[str, str]
    build: Callable[[Workplace], Panel]
