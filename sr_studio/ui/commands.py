"""What the commands of the menus do, but for those that open and those that look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMessageBox

import sr_studio
from sr_studio.errors import SrStudioError
from sr_studio.ui.confirm import confirm
from sr_studio.ui.job_desk import TrackedJob
from sr_studio.ui.keys_dialog import KeysDialog, key_groups
from sr_studio.ui.open_commands import OpenCommands
from sr_studio.ui.report_dialog import ReportDialog
from sr_studio.ui.saving.saver import Saver

if TYPE_CHECKING:
    from sr_studio.ui.actions import Actions
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.main_window import MainWindow
    from sr_studio.ui.panels._spec import Workplace
    from sr_studio.ui.picture_loader import PictureLoader
    from sr_studio.ui.workspace import Workspace

_THEMES = ("system", "dark", "light")


class Commands(QObject):
    """Wires actions and failures once."""

    def __init__(
        self,
        window: MainWindow,
        place: Workplace,
        workspace: Workspace,
        loader: PictureLoader,
        actions: Actions,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._place = place
        self._loader = loader
        self._actions = actions
        self.report: ReportDialog | None = None
        self.opening = OpenCommands(window, place, workspace, loader, actions)
        saver = Saver(place, window)
        for name, act in (
            ("save", saver.save_current),
            ("save_all", saver.save_all),
            ("sheet", saver.export_sheet),
            ("close", self._close_picture),
            ("remove", self._close_picture),
            ("run", self._run),
            ("run_all", self._run_all),
            ("cancel", self._cancel),
            ("undo", self._undo),
            ("redo", self._redo),
            ("retry", self._retry_all),
            ("previous", self._previous),
            ("next", self._next),
            ("keys", self._show_keys),
            ("about", self._about),
        ):
            actions[name].triggered.connect(act)
        for theme in _THEMES:
            actions[f"theme_{theme}"].triggered.connect(self._on_theme)
        actions[f"theme_{place.settings.now.theme}"].setChecked(True)
        workspace.strip.close_wanted.connect(self._close)
        workspace.strip.retry_wanted.connect(self._retry)
        loader.told.connect(self._on_told)
        loader.unexpected.connect(self._on_unexpected)
        place.desk.failed.connect(self._on_failed)

    @Slot()
    def _close_picture(self) -> None:
        if self._place.documents.current is not None:
            self._close(self._place.documents.current)

    @Slot(object)
    def _close(self, document: PictureDocument) -> None:
        if document.has_unsaved_outcome and not confirm(
            self._window,
            self.tr("Close the picture?"),
            self.tr("The result of “%1” is not saved.").replace("%1", document.title),
            go_on=self.tr("Close"),
            stay=self.tr("Keep it open"),
        ):
            return
        self._place.documents.remove(document)

    @Slot()
    def _run(self) -> None:
        self._window.active_panel.run_current()

    @Slot()
    def _run_all(self) -> None:
        self._window.active_panel.run_all()

    @Slot()
    def _undo(self) -> None:
        self._window.active_panel.undo()

    @Slot()
    def _redo(self) -> None:
        self._window.active_panel.redo()

    @Slot()
    def _cancel(self) -> None:
        """Stop the work; without any, Esc leaves the full screen or closes the message."""
        if self._window.active_panel.abandon():
            return
        if self._window.active_panel.is_busy:
            self._window.active_panel.cancel()
        elif self._window.isFullScreen():
            self._actions["full_screen"].setChecked(False)
        else:
            self._place.messages.clear()

    @Slot()
    def _retry_all(self) -> None:
        for document in self._place.documents:
            if document.state == "failed":
                self._retry(document)

    @Slot(object)
    def _retry(self, document: PictureDocument) -> None:
        """Read it again; what was read well before is enlarged again by the panel."""
        self._place.messages.clear()
        if document.dimensions is None:
            self._loader.read(document)
        else:
            self._place.documents.show(document)
            self._window.active_panel.run_current()

    @Slot()
    def _previous(self) -> None:
        self._place.documents.step(-1)

    @Slot()
    def _next(self) -> None:
        self._place.documents.step(1)

    @Slot()
    def _on_theme(self) -> None:
        for theme in _THEMES:
            if self._actions[f"theme_{theme}"].isChecked():
                self._place.settings.change(theme=theme)
                self._place.theme.use(theme)  # type: ignore[arg-type]  # the table holds Themes

    @Slot(str, str, str)
    def _on_told(self, kind: str, message: str, advice: str) -> None:
        self._place.messages.tell(kind, message, advice)  # type: ignore[arg-type]  # a Qt signal

    @Slot(TrackedJob, Exception)
    def _on_failed(self, job: TrackedJob, error: Exception) -> None:
        if isinstance(error, SrStudioError):
            self._place.messages.tell("error", error.message, error.advice)
        else:
            self._on_unexpected(error, job.title)

    @Slot(Exception, str)
    def _on_unexpected(self, error: Exception, doing: str) -> None:
        if self.report is not None and self.report.isVisible():
            return  # one is enough: they often come in swarms
        self.report = ReportDialog(error, doing, self._window)
        self.report.open()

    @Slot()
    def _show_keys(self) -> None:
        groups = key_groups(self._actions)
        dialog = KeysDialog(groups, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def _about(self) -> None:
        QMessageBox.about(
            self._window,
            self.tr("About SR Studio"),
            self.tr(
                "SR Studio %1\n\nEnlarges photographs with the networks of the field, side by "
                "side with the original.\n\nFree software under the MIT licence. It sends "
                "nothing anywhere."
            ).replace("%1", sr_studio.__version__),
        )
