"""Where one result goes, and in which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from sr_studio.ui.confirm import confirm
from sr_studio.ui.forms.form_rows import FormRows
from sr_studio.ui.saving.dialog_buttons import dialog_buttons
from sr_studio.ui.saving.save_options_form import SaveOptionsForm, format_of

if TYPE_CHECKING:
    from sr_studio.imaging.encode_image import SaveOptions
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.settings import FormValues


class SaveDialog(QDialog):
    """Asks for a name, format, quality, depth and what becomes of the metadata.

    Args:
        image: what will be saved: the format's losses are told.
        suggestion: folder and name without suffix.
        stored: the options of last time.
    """

    def __init__(
        self,
        image: ImageBuffer,
        suggestion: Path,
        stored: FormValues,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save"))
        self._overwrite = False
        self.form = SaveOptionsForm(image)
        self.form.set_values(stored)
        self.name_line = QLineEdit(suggestion.name + self.form.suffix())
        self.name_line.setAccessibleName(self.tr("File name"))
        self.folder_line = QLineEdit(str(suggestion.parent))
        self.folder_line.setAccessibleName(self.tr("Folder"))
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._on_browse)
        size = QLabel(f"{image.width} × {image.height}")
        size.setObjectName("dimText")

        folder_row = QHBoxLayout()
        folder_row.setSpacing(8)
        folder_row.addWidget(self.folder_line, 1)
        folder_row.addWidget(browse)
        place = FormRows()
        place.add(self.tr("&Name"), self.name_line)
        place.add(self.tr("&Folder"), folder_row, buddy=self.folder_line)
        place.add(self.tr("Size"), size)

        self._save = QPushButton(self.tr("Save"))
        buttons = dialog_buttons(self, self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(14)
        layout.addLayout(place)
        layout.addWidget(self.form)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(560)
        self.form.format_changed.connect(self._follow_format)
        self.name_line.editingFinished.connect(self._follow_name)
        self.name_line.textChanged.connect(self._on_name)
        self.name_line.setFocus()
        self.name_line.setSelection(0, len(suggestion.name))

    @property
    def path(self) -> Path:
        name = self.name_line.text().strip()
        path = Path(self.folder_line.text().strip()).expanduser() / name
        return path if format_of(path.suffix) else path.with_name(name + self.form.suffix())

    def options(self, description: str) -> SaveOptions:
        return self.form.options(description=description, overwrite=self._overwrite)

    @override
    def accept(self) -> None:
        """Ask before an existing file is replaced."""
        self._follow_name()
        self._overwrite = False
        if self.path.exists():
            self._overwrite = confirm(
                self,
                self.tr("Replace the file?"),
                self.tr("“%1” exists already. Replace it?").replace("%1", self.path.name),
                go_on=self.tr("Replace"),
                stay=self.tr("Keep it"),
            )
            if not self._overwrite:
                return
        super().accept()

    @Slot()
    def _on_browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder"), self.folder_line.text())
        if folder:
            self.folder_line.setText(folder)

    @Slot(str)
    def _on_name(self, name: str) -> None:
        self._save.setEnabled(bool(name.strip()))

    @Slot()
    def _follow_format(self) -> None:
        name = self.name_line.text()
        if format_of(Path(name).suffix):
            self.name_line.setText(str(Path(name).with_suffix(self.form.suffix())))

    @Slot()
    def _follow_name(self) -> None:
        self.form.set_format(format_of(Path(self.name_line.text()).suffix))
