"""Restore: a network is fitted to one damaged picture, watched while it converges."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.resource_files import data_folder
from sr_studio.tasks._restore_pictures import ListPriorsRequest
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.ui.canvas_note import canvas_note
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.restore.classical_result import ClassicalResult
from sr_studio.ui.restore.moment_travel import MomentTravel
from sr_studio.ui.restore.restore_bar import RestoreBar
from sr_studio.ui.restore.restore_cost import RestoreCostMeter
from sr_studio.ui.restore.restore_form import RestoreForm
from sr_studio.ui.restore.restore_panes import RestorePanes
from sr_studio.ui.restore.restore_run import RestoreFiles, RestoreRun
from sr_studio.ui.restore.restore_words import moment_in_words, restoration_in_words

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._restore_runs import RunDescription
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.restore.restore_board import RestoreBoard

_ID = "restore"


class RestorePanel(Panel):
    """Ties the form, the run and what is seen of it together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._has_networks = False
        self.board: RestoreBoard | None = None
        self.travel: MomentTravel | None = None
        self.form = RestoreForm()
        self.bar = RestoreBar()
        self.run = RestoreRun(place.desk, data_folder() / "restorations", self)
        self.cost = RestoreCostMeter(place.desk, self)
        self.classical = ClassicalResult(place.desk, self)
        self._panes = RestorePanes()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.bar)
        self.form.restore(place.settings.form(_ID))
        self._wire()
        self._on_form()

    @property
    @override
    def is_busy(self) -> bool:
        return self.run.is_busy

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that few others do
            from sr_studio.ui.restore.restore_board import RestoreBoard

            self.board = RestoreBoard(self._place.theme, self)  # until the middle takes it
            self.board.hide()
            self.travel = MomentTravel(self._place, self.run, self.board, self)
            self.travel.changed.connect(self._refresh)
        if not self._has_networks:
            self._has_networks = True
            job = self._place.desk.start(
                ListPriorsRequest(), title=self.tr("List networks"), on="files", is_listed=False
            )
            job.succeeded.connect(self._on_networks)
        self._refresh()
        self._on_form()
        self._offer_unfinished()

    @override
    def deactivate(self) -> None:
        self._is_active = False
        self.cost.stop()
        self._place.middle.set_board(None)

    @override
    def run_current(self) -> None:
        document = self._place.documents.current
        reason = self._why_not(document)
        if reason or document is None:
            self._place.messages.tell("warning", reason, "")
            return
        try:
            settings = self.form.settings()
        except SrStudioError as error:
            self._place.messages.tell("warning", error.message, error.advice)
            return
        files = RestoreFiles(self.form.mask_path, self.form.guide_path, self.form.truth_field.path)
        self._start(document, settings, files)

    @override
    def cancel(self) -> None:
        self.run.discard()

    def _start(
        self,
        document: PictureDocument,
        settings: RestoreSettings,
        files: RestoreFiles,
        folder: Path | None = None,
    ) -> None:
        """Start a run, or let that in `folder` go on."""
        self._place.messages.clear()
        self.cost.stop()
        self.run.start(document, settings, files, folder=folder)
        self._on_run()
        self._refresh()

    def _wire(self) -> None:
        documents = self._place.documents
        documents.current_changed.connect(self._on_current)
        documents.changed.connect(self._on_document)
        documents.removed.connect(self._on_removed)
        self.form.changed.connect(self._on_form)
        self.form.dialled.connect(self._on_dialled)
        self.cost.measured.connect(self.form.cost.setText)
        self.run.changed.connect(self._on_run)
        self.run.previewed.connect(self._on_preview)
        self.run.read.connect(self._on_read)
        self.classical.changed.connect(self._refresh)
        self.run.ended.connect(self._on_ended)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self._toggle_pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self.save_wanted)

    def _why_not(self, document: PictureDocument | None) -> str:
        if self.run.is_busy:
            return self.tr("A restoration is running already.")
        if document is None:
            return self.tr("Open a photo first.")
        if document.dimensions is None:
            return self.tr("This picture is not read.")
        if self.form.task.currentData() == "flash" and self.form.guide_path is None:
            return self.tr("Name the flash picture first.")
        return ""

    @property
    def _earlier(self) -> tuple[int, ImageBuffer] | None:
        """The moment that the slider is at, unless it is the present one."""
        return None if self.travel is None else self.travel.shown

    @property
    def _is_of_shown(self) -> bool:
        """Whether the run is of the picture that is chosen in the film strip."""
        current = self._place.documents.current
        return current is not None and self.run.document is current

    def _refresh(self) -> None:
        """Show the run of the chosen picture, or the picture alone."""
        if not self._is_active or self.board is None:
            return
        document = self._place.documents.current
        has_run = self._is_of_shown and self.run.preview is not None
        self._place.middle.set_board(self.board if has_run else None, is_of_picture=True)
        self.board.setVisible(has_run)
        if document is None or document.source is None:
            self._place.view.set_placeholder(canvas_note(self.tr("Open a photo to restore it.")))
            self._place.view.set_panes((), keep_view=False)
            return
        self._show_panes(document)
        if has_run and self.run.preview is not None:
            self.board.show_preview(
                self.run.preview, self.run.pace, has_truth=self.run.truth is not None
            )

    def _show_panes(self, document: PictureDocument) -> None:
        observed, restored, truth, caption = document.source, None, None, ""
        preview = self.run.preview
        if self._is_of_shown and preview is not None and self.run.observed is not None:
            observed, truth = self.run.observed, self.run.truth
            iteration, restored = self._earlier or (preview.iteration, preview.image)
            caption = moment_in_words(preview, iteration, working_px=self.run.working_px)
        elif document.outcome is not None:
            observed, restored = document.outcome.observed, document.outcome.image
        if observed is not None:
            is_of_it = self.classical.image is observed
            classical = self.classical.result if is_of_it else None
            panes = self._panes.build(observed, restored, truth, classical, caption=caption)
            self._place.view.set_panes(panes)
            self._place.middle.refresh()

    @Slot(object)
    def _on_networks(self, networks: tuple[tuple[str, str], ...]) -> None:
        self.form.set_networks(networks)

    @Slot()
    def _on_current(self) -> None:
        if self.travel is not None:
            self.travel.go_to_now()
        self._refresh()
        self._on_form()

    @Slot(object)
    def _on_document(self, document: PictureDocument) -> None:
        if document is self._place.documents.current and document.state != "running":
            self._refresh()
            self._on_form()

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        running = self.run.document
        if self.run.is_busy and running not in self._place.documents:
            self.cancel()

    @Slot()
    def _on_form(self) -> None:
        document = self._place.documents.current
        self._place.settings.keep_form(_ID, self.form.stored())
        self.bar.allow_start(self._why_not(document), goes_on=False)
        if self.run.is_busy:
            return
        can_save = self._is_of_shown and document is not None and document.outcome is not None
        restored = self.run.restored if self._is_of_shown else None
        words = "" if restored is None else restoration_in_words(restored.restoration)
        self.bar.show_idle(words, can_use=can_save)
        if self._is_active and document is not None and document.source is not None:
            try:
                self.cost.ask(document.source, self.form.settings())
            except SrStudioError as error:
                self.form.cost.setText(error.message)
        else:
            self.form.cost.setText("")

    @Slot()
    def _on_dialled(self) -> None:
        if self.run.is_busy:
            self.run.turn(self.form.settings())

    @Slot()
    def _on_run(self) -> None:
        job, document = self.run.job, self.run.document
        self.form.set_running(is_running=self.run.is_busy)
        if job is not None and not job.has_ended:
            self.bar.show_progress(job)
            if document is not None and document in self._place.documents:
                self._place.documents.set_running(document, job.fraction)
        self.busy_changed.emit()

    @Slot()
    def _on_read(self) -> None:
        """The picture is there: what needs no network can be made of it."""
        files, settings = self.run.files, self.run.settings
        if self.run.observed is not None and settings is not None:
            self.classical.make(self.run.observed, settings, files.mask, files.truth)
        self._refresh()

    @Slot()
    def _on_preview(self) -> None:
        if self._earlier is None and self._is_of_shown:
            self._refresh()
        elif self._is_active and self.board is not None and self.run.preview is not None:
            self.board.show_preview(
                self.run.preview, self.run.pace, has_truth=self.run.truth is not None
            )

    @Slot()
    def _on_ended(self) -> None:
        self.form.set_running(is_running=False)
        job, document, restored = self.run.job, self.run.document, self.run.restored
        documents = self._place.documents
        if document is not None and document in documents:
            if restored is not None:
                found = restored.restoration
                outcome = self.run.outcome(found.image, found.iteration)
                if outcome is not None:
                    documents.set_outcome(document, outcome)
            elif job is not None and job.error is not None:
                documents.set_failed(document, job.error)
            else:
                documents.set_stopped(document)
        self._on_form()
        self._refresh()
        self.busy_changed.emit()

    @Slot()
    def _toggle_pause(self) -> None:
        if self.run.job is not None:
            self.run.job.toggle_pause()

    @Slot()
    def _finish(self) -> None:
        if self.run.job is not None:
            self.run.job.finish_early()
            self.bar.show_finishing()

    def _offer_unfinished(self) -> None:
        """Say that a run was cut off, by a crash or by closing the program."""
        if self.run.is_busy:
            return
        runs = self.run.unfinished()
        there = next((run for run in runs if Path(run[1].source).is_file()), None)
        if there is None:
            return
        name = Path(there[1].source).name
        self._place.messages.tell(
            "info",
            self.tr("The restoration of %1 was cut off.").replace("%1", name),
            self.tr("It can go on where it was."),
            action=(self.tr("Go on"), partial(self._go_on, *there)),
        )

    def _go_on(self, folder: Path, description: RunDescription) -> None:
        source = Path(description.source)
        document = self._place.documents.find(source)
        if document is None:
            document = self._place.documents.add(source.name, source)
        settings = RestoreSettings(**description.settings)
        mask = Path(description.mask) if description.mask else None
        guide = Path(description.guide) if description.guide else None
        self.form.show_settings(settings)
        self.form.mask_field.set_path(mask)
        self.form.guide_field.set_path(guide)
        self._place.documents.show(document)
        self._start(document, settings, RestoreFiles(mask, guide), folder)


PANEL = PanelSpec(
    id=_ID,
    title="Restore",
    icon="mdi6.image-auto-adjust",
    order=20,
    run_words=("Restore", ""),
    build=RestorePanel,
)
