"""Where many results go: a folder, names by a template, and what becomes of existing files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.errors import SrStudioError
from sr_studio.ui.forms.form_rows import FormRows
from sr_studio.ui.saving.dialog_buttons import dialog_buttons
from sr_studio.ui.saving.save_options_form import SaveOptionsForm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.settings import Settings
    from sr_studio.ui.documents import PictureDocument

Existing = Literal["number", "skip", "overwrite"]


@dataclass(frozen=True, slots=True, eq=False)
class SavePlan:
    """One file to be written."""

    document: PictureDocument
    path: Path
    overwrite: bool


class SaveAllDialog(QDialog):
    """Asks once for the whole export, and shows the names before anything is written."""

    def __init__(
        self,
        documents: Sequence[PictureDocument],
        settings: Settings,
        name_of: Callable[[PictureDocument, str, Path, str], Path],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save all"))
        self._documents = [d for d in documents if d.outcome is not None]
        self._name_of = name_of
        first = self._documents[0]
        image = first.outcome.image if first.outcome is not None else None
        if image is None:
            raise ValueError("there is nothing to save")
        self.form = SaveOptionsForm(image)
        self.form.set_values(settings.forms.get("save", {}))
        near = first.path.parent if first.path is not None else Path.home()
        self.folder_line = QLineEdit(settings.save_folder or str(near))
        self.folder_line.setAccessibleName(self.tr("Folder"))
        self.template_line = QLineEdit(settings.name_template)
        self.template_line.setAccessibleName(self.tr("Names"))
        hint = QLabel("{name}  {model}  {scale}  {width}  {height}  {date}  {counter}")
        hint.setObjectName("dimText")
        self.existing_box = QComboBox()
        for value, words in (
            ("number", self.tr("Give the new one a number")),
            ("skip", self.tr("Skip it")),
            ("overwrite", self.tr("Replace it")),
        ):
            self.existing_box.addItem(words, value)
        self.existing_box.setAccessibleName(self.tr("If a name is taken"))
        self.names = QListWidget()
        self.names.setAccessibleName(self.tr("Names of the files"))
        self.names.setMinimumHeight(120)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._on_browse)

        folder_row = QHBoxLayout()
        folder_row.addWidget(self.folder_line, 1)
        folder_row.addWidget(browse)
        folder_row.setSpacing(8)
        rows = FormRows()
        rows.add(self.tr("&Folder"), folder_row, buddy=self.folder_line)
        rows.add(self.tr("&Names"), self.template_line)
        rows.add("", hint)
        rows.add(self.tr("If a name is &taken"), self.existing_box)
        self._save = QPushButton()
        buttons = dialog_buttons(self, self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addLayout(rows)
        layout.addWidget(self.form)
        layout.addWidget(self.names, 1)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self.resize(QSize(620, 620).boundedTo(self.screen().availableSize() * 0.9))
        for line in (self.folder_line, self.template_line):
            line.textChanged.connect(self._refresh)
        self.existing_box.currentIndexChanged.connect(self._refresh)
        self.form.format_changed.connect(self._refresh)
        self._refresh()

    @property
    def folder(self) -> Path:
        return Path(self.folder_line.text().strip()).expanduser()

    def plan(self) -> list[SavePlan]:
        """Return what would be written where, no two of them to the same name.

        Raises:
            SrStudioError: the template cannot be used.
        """
        existing: Existing = self.existing_box.currentData()
        taken: set[Path] = set()
        plans: list[SavePlan] = []
        for document in self._documents:
            path = self._name_of(
                document, self.template_line.text(), self.folder, self.form.suffix()
            )
            if path in taken or (path.exists() and existing == "number"):
                path = _numbered(path, taken)
            taken.add(path)
            stands = path.exists()
            if not (stands and existing == "skip"):
                plans.append(SavePlan(document, path, overwrite=stands))
        return plans

    @Slot()
    def _on_browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder"), self.folder_line.text())
        if folder:
            self.folder_line.setText(folder)

    @Slot()
    def _refresh(self) -> None:
        try:
            plans = self.plan()
        except SrStudioError as error:
            plans = []
            self._problem.setText(f"{error.message} {error.advice}")
        else:
            self._problem.setText("")
        self._problem.setVisible(bool(self._problem.text()))
        self.names.clear()
        for plan in plans:
            mark = self.tr(" (replaces the old one)") if plan.overwrite else ""
            self.names.addItem(plan.path.name + mark)
        self._save.setText(self.tr("Save files: %1").replace("%1", str(len(plans))))
        self._save.setEnabled(bool(plans))


def _numbered(path: Path, taken: set[Path]) -> Path:
    number = 2
    while True:
        other = path.with_name(f"{path.stem} ({number}){path.suffix}")
        if other not in taken and not other.exists():
            return other
        number += 1
