"""Asks where results go, writes them in the thread for files, and says what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from sr_studio.imaging.encode_image import SaveOptions
from sr_studio.tasks._naming import output_path
from sr_studio.ui.saving.save_all_dialog import SaveAllDialog
from sr_studio.ui.saving.save_dialog import SaveDialog
from sr_studio.ui.saving.save_requests import SavedPicture, SavePictureRequest, SaveSheetRequest

if TYPE_CHECKING:
    from sr_studio.ui.documents import Outcome, PictureDocument
    from sr_studio.ui.message_bar import MessageKind
    from sr_studio.ui.panels._spec import Workplace

_FORM = "save"


class Saver(QObject):
    """Saves the shown result, all results, or a comparison sheet."""

    def __init__(self, place: Workplace, window: QWidget) -> None:
        super().__init__(window)
        self._place = place
        self._window = window
        self._left = 0
        self._written = 0
        self._last = Path()
        self._warnings: list[str] = []

    @Slot()
    def save_current(self) -> None:
        document = self._place.documents.current
        if document is None or document.outcome is None:
            self._nothing_to_save()
            return
        outcome = document.outcome
        settings = self._place.settings
        folder = settings.now.save_folder or str(_folder_of(document))
        suggestion = self.name_for(document, settings.now.name_template, Path(folder), "")
        dialog = SaveDialog(outcome.image, suggestion, settings.form(_FORM), self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        path, options = dialog.path, dialog.options(outcome.description)
        stored = dialog.form.values()
        dialog.deleteLater()
        if accepted:
            settings.keep_form(_FORM, stored)
            settings.change(save_folder=str(path.parent))
            self._begin(1)
            self._write(document, outcome, path, options)

    @Slot()
    def save_all(self) -> None:
        documents = [d for d in self._place.documents if d.outcome is not None]
        if not documents:
            self._nothing_to_save()
            return
        settings = self._place.settings
        dialog = SaveAllDialog(documents, settings.now, self.name_for, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if not accepted:
            return
        settings.keep_form(_FORM, dialog.form.values())
        settings.change(save_folder=str(dialog.folder), name_template=dialog.template_line.text())
        plans = dialog.plan()
        self._begin(len(plans))
        for plan in plans:
            outcome = plan.document.outcome
            if outcome is not None:
                options = dialog.form.options(
                    description=outcome.description, overwrite=plan.overwrite
                )
                self._write(plan.document, outcome, plan.path, options)

    @Slot()
    def export_sheet(self) -> None:
        document = self._place.documents.current
        if document is None or document.outcome is None:
            self._nothing_to_save()
            return
        outcome = document.outcome
        start = _folder_of(document) / f"{Path(document.title).stem}_comparison.png"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Export a comparison sheet"), str(start), "PNG (*.png)"
        )
        if not chosen:
            return
        path = Path(chosen)
        is_named = path.suffix.lower() == ".png"
        self._begin(1)
        job = self._place.desk.start(
            SaveSheetRequest(
                outcome.observed,
                outcome.image,
                f"{outcome.model} ×{outcome.scale:g}",
                outcome.truth,
                path if is_named else path.with_name(path.name + ".png"),
                SaveOptions(overwrite=is_named),  # the file dialog asked about this very name
            ),
            title=self.tr("Export a comparison sheet"),
            on="files",
        )
        job.succeeded.connect(self._on_written)
        job.ended.connect(self._on_ended)

    def name_for(self, document: PictureDocument, template: str, folder: Path, suffix: str) -> Path:
        """Return the path that the template makes for a document's outcome."""
        outcome = document.outcome
        if outcome is None:
            raise ValueError("only outcomes have names")
        return output_path(
            template,
            folder,
            document.path or Path(document.title),
            model=outcome.model,
            scale=outcome.scale,
            width=outcome.image.width,
            height=outcome.image.height,
            counter=self._place.documents.index_of(document) + 1,
            suffix=suffix,
        )

    def _write(
        self, document: PictureDocument, outcome: Outcome, path: Path, options: SaveOptions
    ) -> None:
        job = self._place.desk.start(
            SavePictureRequest(outcome.image, path, options),
            title=self.tr("Save %1").replace("%1", path.name),
            on="files",
        )

        def mark(_saved: SavedPicture) -> None:
            if document in self._place.documents:
                self._place.documents.set_saved(document, outcome)

        job.succeeded.connect(mark)
        job.succeeded.connect(self._on_written)
        job.ended.connect(self._on_ended)

    def _begin(self, count: int) -> None:
        self._left, self._written = count, 0
        self._warnings.clear()

    @Slot(object)
    def _on_written(self, saved: SavedPicture) -> None:
        self._written += 1
        self._last = saved.path
        self._warnings += [w for w in saved.warnings if w not in self._warnings]

    @Slot()
    def _on_ended(self) -> None:
        self._left -= 1
        if self._left or not self._written:
            return
        if self._written == 1:
            words = self.tr("Saved as %1").replace("%1", str(self._last))
        else:
            words = self.tr("%1 pictures saved in %2").replace("%1", str(self._written))
            words = words.replace("%2", str(self._last.parent))
        kind: MessageKind = "warning" if self._warnings else "info"
        self._place.messages.tell(kind, words, " ".join(self._warnings))

    def _nothing_to_save(self) -> None:
        self._place.messages.tell(
            "info",
            self.tr("There is no result to save yet."),
            self.tr("Press Ctrl+Enter to enlarge the picture first."),
        )


def _folder_of(document: PictureDocument) -> Path:
    return document.path.parent if document.path is not None else Path.home()
