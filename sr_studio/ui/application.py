"""The composition root: builds everything and wires it once."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from sr_studio.discovery import discover
from sr_studio.resource_files import data_folder
from sr_studio.ui import panels
from sr_studio.ui.actions import Actions
from sr_studio.ui.canvas.compare_view import CompareView
from sr_studio.ui.commands import Commands
from sr_studio.ui.documents import Documents
from sr_studio.ui.icons import application_icon
from sr_studio.ui.job_desk import JobDesk, TrackedJob
from sr_studio.ui.main_window import MainWindow
from sr_studio.ui.network_list import NetworkList
from sr_studio.ui.panels._spec import PanelSpec, Workplace
from sr_studio.ui.picture_loader import PictureLoader
from sr_studio.ui.settings_keeper import SettingsKeeper
from sr_studio.ui.theme import ThemeSwitch
from sr_studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)

_LONG_JOB_S = 10.0  # shorter ones are still remembered by whoever started them


class Studio(QObject):
    """The whole program, ready to be shown; `close` ends its threads.

    Attributes:
        window: the main window.
        place: documents, jobs, canvas, for tests and snapshots.
        loader: opens pictures.
    """

    def __init__(self, application: QApplication, settings_file: Path) -> None:
        super().__init__()
        settings = SettingsKeeper(settings_file, self)
        theme = ThemeSwitch(application)
        theme.use(settings.now.theme)
        with ExitStack() as on_fault:  # threads that go on keep a program alive that never opened
            desk = JobDesk(self)
            on_fault.callback(desk.close)
            self._build(settings, theme, desk)
            on_fault.pop_all()

    def _build(self, settings: SettingsKeeper, theme: ThemeSwitch, desk: JobDesk) -> None:
        documents = Documents(self)
        view = CompareView()
        workspace = Workspace(view, documents, theme)
        self.place = Workplace(
            desk,
            NetworkList(desk, self),
            documents,
            settings,
            theme,
            view,
            workspace.messages,
            workspace,
        )
        actions = Actions(workspace, workspace.picture_area)
        self.loader = PictureLoader(desk, documents, settings, self)
        specs = sorted(discover(panels, "PANEL", PanelSpec).values(), key=lambda spec: spec.order)
        self.window = MainWindow(self.place, workspace, actions, specs)
        self.window.setWindowIcon(application_icon())
        self.commands = Commands(self.window, self.place, workspace, self.loader, actions)
        self._tray: QSystemTrayIcon | None = None
        self._is_open = True
        self.window.closing.connect(self.close)
        desk.ended.connect(self._on_job_ended)

    @Slot()
    def close(self) -> None:
        """End all jobs within one step each, write the settings down; may be called twice."""
        if self._is_open:
            self._is_open = False
            self.place.desk.close()
            self.place.settings.write()

    @Slot(TrackedJob)
    def _on_job_ended(self, job: TrackedJob) -> None:
        """Tell that a long job ended while nobody looked."""
        is_unseen = not self.window.isActiveWindow()
        if not (job.is_listed and is_unseen and job.seconds >= _LONG_JOB_S):
            return
        QApplication.alert(self.window)
        if job.state == "cancelled" or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self.window.windowIcon(), self)
        self._tray.show()
        words = self.tr("Done") if job.state == "done" else self.tr("Failed")
        self._tray.showMessage(words, job.title, self.window.windowIcon())
        self._tray.messageClicked.connect(self.window.activateWindow)


def build_studio(settings_file: Path | None = None) -> Studio:
    """Build the program in the QApplication of this process; for tests and snapshots too."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    QCoreApplication.setApplicationName("SR Studio")
    application.setDesktopFileName("sr-studio")
    return Studio(application, settings_file or data_folder() / "settings.json")


def run_application(files: Sequence[Path]) -> int:
    """Open the window on these files and folders; returns when it is closed."""
    application = QApplication(sys.argv[:1])
    studio = build_studio()
    sys.excepthook = _Faults(studio).on_fault
    studio.window.open()
    QTimer.singleShot(0, lambda: studio.loader.open_paths(files))
    try:
        return application.exec()
    finally:
        studio.close()


def snapshot(studio: Studio, path: Path) -> None:
    """Write a picture of the window as PNG, at the size it has.

    Raises:
        OSError: it cannot be written.
    """
    studio.window.ensurePolished()
    if not studio.window.grab().save(str(path), "PNG"):
        raise OSError(f"{path} cannot be written")


class _Faults:
    """Shows what a slot raised: Qt would only print it."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def on_fault(self, _kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._studio.window.close()
            return
        _log.error("unexpected", exc_info=error)
        if isinstance(error, Exception):
            self._studio.loader.unexpected.emit(error, self._studio.tr("The window"))
