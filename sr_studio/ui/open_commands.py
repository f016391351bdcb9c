"""What opens pictures: the dialogs, the clipboard, drops, recent files and the sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from sr_studio.imaging.decode_image import READABLE_SUFFIXES
from sr_studio.resource_files import resource_folder
from sr_studio.ui.picture_intake import Intake, split_off_weights, take_in

if TYPE_CHECKING:
    from sr_studio.ui.actions import Actions
    from sr_studio.ui.main_window import MainWindow
    from sr_studio.ui.panels._spec import Workplace
    from sr_studio.ui.picture_loader import PictureLoader
    from sr_studio.ui.workspace import Workspace


def sample_photo() -> Path:
    return resource_folder() / "samples" / "astronaut.png"


class OpenCommands(QObject):
    """Wires what brings pictures in."""

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
        actions["open"].triggered.connect(self.open_files)
        actions["open_folder"].triggered.connect(self._open_folder)
        actions["sample"].triggered.connect(self.open_sample)
        actions["paste"].triggered.connect(self._paste)
        workspace.dropped.connect(self.take)
        workspace.empty.open_wanted.connect(self.open_files)
        workspace.empty.sample_wanted.connect(self.open_sample)
        window.recent_menu.aboutToShow.connect(self._fill_recent)

    @Slot()
    def open_files(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(READABLE_SUFFIXES))
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open photos"),
            self._place.settings.now.open_folder,
            f"{self.tr('Pictures')} ({patterns});;{self.tr('All files')} (*)",
        )
        self._loader.open_paths([Path(name) for name in names])

    @Slot()
    def open_sample(self) -> None:
        self._loader.open_paths([sample_photo()])

    @Slot(object)
    def take(self, intake: Intake) -> None:
        """Open what was dropped or pasted, import weights, or say why neither can be."""
        if intake.paths:
            weights, others = split_off_weights(intake.paths)
            self._loader.open_paths(others)
            if weights:
                self._window.active_panel.take_weights(weights)
        elif intake.data:
            self._loader.open_bytes(intake.data, self.tr("Pasted picture"))
        elif intake.remote:
            self._place.messages.tell(
                "warning",
                self.tr("The browser gave only the picture's address, not the picture."),
                self.tr("Save it first, or copy the picture itself and paste it with Ctrl+V."),
            )
        else:
            self._place.messages.tell(
                "info",
                self.tr("There is no picture to open in this."),
                self.tr("Drop picture files, or copy a picture and press Ctrl+V."),
            )

    @Slot()
    def _open_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a folder"), self._place.settings.now.open_folder
        )
        if folder:
            self._loader.open_paths([Path(folder)])

    @Slot()
    def _paste(self) -> None:
        self.take(take_in(QGuiApplication.clipboard().mimeData()))

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._window.recent_menu
        menu.clear()
        for name in self._place.settings.now.recent_files:
            action = menu.addAction(name.replace("&", "&&"))
            action.setData(name)
            action.triggered.connect(self._open_recent)
        menu.setEnabled(True)
        if menu.isEmpty():
            menu.addAction(self.tr("None yet")).setEnabled(False)

    @Slot()
    def _open_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._loader.open_paths([Path(action.data())])
