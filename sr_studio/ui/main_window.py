"""The window: rail, canvas, settings, film strip, jobs, and the menus over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QWidget,
)
from typing_extensions import override

from sr_studio.ui.area_walk import focus_next_area
from sr_studio.ui.confirm import confirm
from sr_studio.ui.icons import refresh_icons
from sr_studio.ui.jobs_dock import JobsDock
from sr_studio.ui.rail import Rail
from sr_studio.ui.view_commands import ViewCommands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QCloseEvent

    from sr_studio.ui.actions import Actions
    from sr_studio.ui.panels._spec import NetworkChoice, Panel, PanelSpec, Workplace
    from sr_studio.ui.workspace import Workspace

_SETTINGS_PX = 330
_SHARE_OF_SMALL_SCREEN = 0.9  # when it is no longer maximized: room for its frame
_MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("&File", ("open", "open_folder", "sample", "", "save", "save_all", "sheet", "",
               "close", "quit")),
    ("&Edit", ("undo", "redo", "", "paste")),
    ("&Picture", ("run", "run_all", "cancel", "retry", "", "previous", "next", "remove")),
    ("&View", ("side", "split", "stacked", "flicker", "difference", "", "before", "loupe",
               "smooth", "", "toggle_fit", "zoom_4", "zoom_5", "zoom_6", "zoom_7", "zoom_8",
               "zoom_9", "", "surround", "hide_panels", "full_screen", "next_area")),
    ("&Help", ("keys", "about")),
)  # fmt: skip


class MainWindow(QMainWindow):
    """Docks and menus; knows panels only by their specs.

    Signals:
        closing: the user wants to leave and nothing stands against it.
    """

    closing = Signal()

    def __init__(
        self,
        place: Workplace,
        workspace: Workspace,
        actions: Actions,
        specs: Sequence[PanelSpec],
    ) -> None:
        super().__init__()
        self.setWindowTitle("SR Studio")
        self.setMinimumSize(QSize(900, 540))  # a laptop at 2x scale, less title and task bar
        self.actions_by_name = actions
        self._place = place
        self._workspace = workspace
        self._specs = {spec.id: spec for spec in specs}
        self._panels: dict[str, Panel] = {}
        self._active: Panel | None = None
        self.recent_menu = QMenu(self)
        self.setCentralWidget(workspace)
        self.rail = Rail(specs)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.rail)
        self._panel_stack = QStackedWidget()
        self.settings_dock = self._make_settings_dock()
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.settings_dock)
        self.jobs_dock = JobsDock(place.desk)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.jobs_dock)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.jobs_dock.hide()
        self.rail.add_toggle(self.jobs_dock.toggleViewAction(), "mdi6.progress-clock")
        bar = workspace.add_view_bar(actions)
        place.view.zoom_changed.connect(bar.show_zoom)
        place.view.hovered.connect(bar.show_readout)
        self._view_commands = ViewCommands(place.view, actions, place.settings, self)
        self._fill_menus()
        self.rail.chosen.connect(self.show_panel)
        actions["hide_panels"].toggled.connect(self._on_hide_panels)
        actions["full_screen"].toggled.connect(self._on_full_screen)
        actions["next_area"].triggered.connect(self._on_next_area)
        actions["quit"].triggered.connect(self.close)
        place.theme.changed.connect(self._on_theme)
        place.documents.current_changed.connect(self._on_current)
        self._restore()

    @property
    def active_panel(self) -> Panel:
        if self._active is None:
            raise RuntimeError("the window has no panel")
        return self._active

    @Slot(str)
    def show_panel(self, panel_id: str) -> None:
        """Build the panel the first time it is wanted, and give it the canvas."""
        if panel_id not in self._panels:
            panel = self._specs[panel_id].build(self._place)
            panel.save_wanted.connect(self.actions_by_name["save"].trigger)
            panel.other_wanted.connect(self._on_other_wanted)
            panel.history_changed.connect(self._on_history)
            self._panels[panel_id] = panel
            self._panel_stack.addWidget(panel)
        if self._active is not None:
            self._active.deactivate()
        self._active = self._panels[panel_id]
        self._panel_stack.setCurrentWidget(self._active)
        for name, words in zip(("run", "run_all"), self._specs[panel_id].run_words, strict=True):
            self.actions_by_name[name].setText(QCoreApplication.translate("Panels", words))
            self.actions_by_name[name].setVisible(bool(words))
        self._active.activate()
        self._on_history()
        self._place.settings.change(panel=panel_id)

    def open(self) -> None:
        """Show the window as it was left; on a screen too small for that, maximized."""
        room = self.screen().availableSize()
        if self.width() >= room.width() or self.height() >= room.height():
            self.resize(self.size().boundedTo(room * _SHARE_OF_SMALL_SCREEN))
            self.showMaximized()
        else:
            self.show()

    def _make_settings_dock(self) -> QDockWidget:
        dock = QDockWidget(self.tr("Settings"))
        dock.setObjectName("settingsDock")
        dock.setAccessibleName(self.tr("Settings"))
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setTitleBarWidget(QWidget())  # the panel has its own title
        self._panel_stack.setMinimumWidth(_SETTINGS_PX)
        dock.setWidget(self._panel_stack)
        return dock

    def _fill_menus(self) -> None:
        for title, names in _MENUS:
            menu = self.menuBar().addMenu(QCoreApplication.translate("Menus", title))
            for name in names:
                if name:
                    menu.addAction(self.actions_by_name[name])
                else:
                    menu.addSeparator()
            if title == "&File":
                self.recent_menu.setTitle(self.tr("&Recent files"))
                menu.insertMenu(self.actions_by_name["sample"], self.recent_menu)
            if title == "&View":
                themes = menu.addMenu(self.tr("&Theme"))
                themes.addActions(
                    self.actions_by_name.named(("theme_system", "theme_dark", "theme_light"))
                )
                menu.addAction(self.jobs_dock.toggleViewAction())

    def _restore(self) -> None:
        now = self._place.settings.now
        self.resize(1440, 900)
        if now.geometry:
            self.restoreGeometry(_bytes_of(now.geometry))
        if now.layout:
            self.restoreState(_bytes_of(now.layout))
        self.rail.choose(now.panel)
        self.resizeDocks([self.settings_dock], [_SETTINGS_PX], Qt.Orientation.Horizontal)

    @Slot(str, object)
    def _on_other_wanted(self, panel_id: str, choice: NetworkChoice | None) -> None:
        self.rail.choose(panel_id)
        if choice is not None:
            self.active_panel.take_network(choice)

    @Slot()
    def _on_history(self) -> None:
        panel = self.active_panel
        for name, words, text in (
            ("undo", self.tr("&Undo"), panel.undo_text),
            ("redo", self.tr("&Redo"), panel.redo_text),
        ):
            self.actions_by_name[name].setText(f"{words}: {text}" if text else words)
            self.actions_by_name[name].setEnabled(bool(text))

    @Slot()
    def _on_theme(self) -> None:
        refresh_icons(self)

    @Slot()
    def _on_current(self) -> None:
        document = self._place.documents.current
        self.setWindowTitle("SR Studio" if document is None else f"{document.title} – SR Studio")

    @Slot(bool)
    def _on_hide_panels(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self.rail.setVisible(not is_on)
        self.settings_dock.setVisible(not is_on)
        if is_on:
            self.jobs_dock.hide()

    @Slot(bool)
    def _on_full_screen(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        full = Qt.WindowState.WindowFullScreen
        state = self.windowState()  # showNormal would forget that it was maximized
        self.setWindowState(state | full if is_on else state & ~full)

    @Slot()
    def _on_next_area(self) -> None:
        """Walk rail, canvas, film strip, settings, jobs: Tab alone would take long."""
        areas: list[QWidget] = [
            self.rail, self._place.view, self._workspace.strip, self.settings_dock, self.jobs_dock
        ]  # fmt: skip
        focus_next_area(areas, self.focusWidget())

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        unsaved = sum(document.has_unsaved_outcome for document in self._place.documents)
        runs = [job for job in self._place.desk.unfinished() if job.is_listed]
        if (unsaved or runs) and not self._may_leave(unsaved, len(runs)):
            event.ignore()
            return
        self._place.settings.change(
            geometry=_text_of(self.saveGeometry()), layout=_text_of(self.saveState())
        )
        self.hide()
        self.closing.emit()
        event.accept()

    def _may_leave(self, unsaved: int, runs: int) -> bool:
        words = []
        if runs:
            words.append(self.tr("A job is still running; leaving cancels it."))
        if unsaved == 1:
            words.append(self.tr("One result is not saved; leaving discards it."))
        elif unsaved:
            many = self.tr("%1 results are not saved; leaving discards them.")
            words.append(many.replace("%1", str(unsaved)))
        return confirm(
            self,
            self.tr("Leave SR Studio?"),
            " ".join(words),
            go_on=self.tr("Leave"),
            stay=self.tr("Stay"),
        )


def _text_of(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes_of(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))
