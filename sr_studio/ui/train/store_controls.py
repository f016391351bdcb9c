"""Where a training is stored, and whether one lies there to go on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QVBoxLayout, QWidget

from sr_studio.ui.train.path_field import PathField
from sr_studio.ui.train.run_folder import free_folder, has_checkpoint, state_of

if TYPE_CHECKING:
    from sr_studio.settings import FormValues


class StoreControls(QWidget):
    """The folder of a training, proposed anew for each network until the user names one.

    Args:
        runs: the folder in which proposed ones lie.

    Signals:
        changed: it says something else now.
    """

    changed = Signal()

    def __init__(self, runs: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._network = ("", 0)
        self._named_for = ("", 0)
        self._is_named_by_user = False
        self.folder = PathField(
            self.tr("Folder of the training"), self.tr("A folder for the training")
        )
        self._note = QLabel()
        self._note.setObjectName("dimText")
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self.afresh_button = QPushButton(self.tr("Start afresh in a new folder"))
        self.afresh_button.setObjectName("linkButton")
        self.keep_switch = QCheckBox(self.tr("Keep the weights for use when done"))
        self.keep_switch.setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.folder, self._note, self.afresh_button, self.keep_switch):
            column.addWidget(widget)
        self.setFocusProxy(self.folder)
        self.folder.changed.connect(self.refresh)
        self.folder.edited.connect(self._on_edited)
        self.afresh_button.clicked.connect(self.start_afresh)
        self.keep_switch.toggled.connect(self.changed)

    @property
    def goes_on(self) -> bool:
        """Whether a training of this network lies in the folder, to go on with."""
        folder = self.folder.path
        if folder is None or not has_checkpoint(folder):
            return False
        return state_of(folder, *self._network) == "same"

    def set_network(self, model: str, scale: int) -> None:
        """Say what is to be trained: a folder is proposed for it."""
        self._network = model, scale
        if all(self._network) and self._network != self._named_for and not self._is_named_by_user:
            self.start_afresh()
        else:
            self.refresh()

    def problem(self) -> str:
        """Return why nothing can be stored there, "" where it can or no folder is named."""
        if self.folder.path is None:
            return ""
        return {
            "free": "",
            "same": "",
            "other": self.tr("In the folder to store it in lies a training of another network."),
            "locked": self.tr("Nothing can be written to the folder to store it in."),
        }[state_of(self.folder.path, *self._network)]

    def stored(self) -> dict[str, Any]:
        return {"keep": self.keep_switch.isChecked()}

    def restore(self, values: FormValues, model: str, scale: int) -> None:
        """Offer an unfinished training of this network again."""
        self.keep_switch.setChecked(values.get("keep") is not False)
        unfinished = values.get("unfinished")
        if isinstance(unfinished, str) and unfinished and has_checkpoint(Path(unfinished)):
            self._named_for = model, scale
            self.folder.set_path(Path(unfinished))

    @Slot()
    def start_afresh(self) -> None:
        """Name a folder in which no training lies."""
        self._is_named_by_user = False
        self._named_for = self._network
        self.folder.set_path(free_folder(self._runs, *self._network))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Look again at what lies in the folder."""
        goes_on = self.goes_on
        folder = self.folder.path
        self._note.setText(self.tr("A training of this network lies there: you can go on with it."))
        self._note.setVisible(goes_on)
        self.afresh_button.setVisible(folder is not None and has_checkpoint(folder))
        self.changed.emit()

    @Slot()
    def _on_edited(self) -> None:
        self._is_named_by_user = self.folder.path is not None
